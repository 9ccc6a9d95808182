// Two stacks: a network, and what runs in it. PORT is the web server's.
const cdk = require('aws-cdk-lib');
const ec2 = require('aws-cdk-lib/aws-ec2');

const port = Number(process.env.PORT || 8080);

class Network extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr('10.20.0.0/16'),
      maxAzs: 2,
      natGateways: 1,
      subnetConfiguration: [
        { name: 'web', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 },
        { name: 'app', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
        { name: 'db', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    this.bastion = new ec2.BastionHostLinux(this, 'Bastion', { vpc: this.vpc, instanceName: 'bastion' });
  }
}

class Web extends cdk.Stack {
  constructor(scope, id, { network, ...props }) {
    super(scope, id, props);
    const vpc = network.vpc;
    const group = new ec2.SecurityGroup(this, 'WebGroup', { vpc, description: 'Web servers' });
    group.addIngressRule(ec2.Peer.ipv4(vpc.vpcCidrBlock), ec2.Port.tcp(port), 'from the whole network');
    const server = (name, subnetType) => {
      const instance = new ec2.Instance(this, name, {
        vpc,
        vpcSubnets: { subnetType },
        securityGroup: group,
        instanceType: ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MICRO),
        machineImage: ec2.MachineImage.latestAmazonLinux2023(),
        instanceName: name.toLowerCase(),
      });
      instance.addUserData(`exec croft-service http --port ${port} --name ${name.toLowerCase()}`);
      return instance;
    };
    const web = server('Web', ec2.SubnetType.PUBLIC);
    server('App', ec2.SubnetType.PRIVATE_WITH_EGRESS);
    server('Database', ec2.SubnetType.PRIVATE_ISOLATED);
    new cdk.CfnOutput(this, 'WebAddress', { value: web.instancePublicIp });
  }
}

const app = new cdk.App({ outdir: process.env.CDK_OUTDIR || 'cdk.out', analyticsReporting: false });
const synthesizer = () => new cdk.LegacyStackSynthesizer();
const network = new Network(app, 'Network', { synthesizer: synthesizer() });
new Web(app, 'Web', { network, synthesizer: synthesizer() });
app.synth();
