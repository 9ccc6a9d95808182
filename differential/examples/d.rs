use croft_differential::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let o = Options { packets: a[1].parse().unwrap(), seed: a[2].parse().unwrap(), kernel: a[3] == "k", exhaust: a.get(4).is_some(), ..Default::default() };
    match run(o) {
        Ok(r) => { println!("{r}"); println!("{:?}", r.check()); }
        Err(e) => println!("FAILURE {e}"),
    }
}
