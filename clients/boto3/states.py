"""Answers of every resource state, as `cargo test -p croft-aws --test answers` leaves them in the folder that
CROFT_ANSWERS names: botocore's parser reads each, and reads all of it.
"""

import pathlib
import sys
import xml.etree.ElementTree as tree

import botocore.parsers
import botocore.session

session = botocore.session.get_session()
models = {}
lost = []
answers = 0


def written(node):
    """How many values an answer holds."""
    if node.tag.split("}")[-1] in ("requestId", "ResponseMetadata"):
        return 0
    if len(node):
        return sum(written(child) for child in node)
    return 1 if node.text else 0


def read(value):
    """How many values botocore made of it."""
    if isinstance(value, dict):
        return sum(read(v) for k, v in value.items() if k != "ResponseMetadata")
    if isinstance(value, list):
        return sum(read(v) for v in value)
    return 0 if value in (None, "") else 1


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
    service, operation = path.name.split(".")[:2]
    model = models.setdefault(service, session.get_service_model(service))
    shape = model.operation_model(operation).output_shape
    body = path.read_bytes()
    parser = botocore.parsers.create_parser(model.protocol)
    parsed = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)
    answers += 1
    if written(tree.fromstring(body)) != read(parsed):
        lost.append(f"{path.name}: {written(tree.fromstring(body))} values written, {read(parsed)} read")

print("\n".join(lost) or f"{answers} answers read whole")
sys.exit(bool(lost) or answers == 0)
