"""What botocore's parser passes over in silence: elements that the model does not know, values of another type."""

import re
import xml.etree.ElementTree as tree

strange = []


def local(tag):
    return tag.split("}")[-1]


def walk(shape, node, place):
    """Notes elements that the shape has no place for, and required members that are missing."""
    if shape.type_name == "structure":
        names = {}
        for name, member in shape.members.items():
            at = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                at = member.serialization.get("name") or member.member.serialization.get("name", at)
            names[at] = member
        for child in node:
            member = names.get(local(child.tag))
            if member is None:
                if local(child.tag) not in ("requestId", "ResponseMetadata"):
                    strange.append(f"{place}: {local(child.tag)} is not in {shape.name}")
                continue
            if member.type_name == "list" and member.serialization.get("flattened"):
                walk(member.member, child, f"{place}.{local(child.tag)}")
            else:
                walk(member, child, f"{place}.{local(child.tag)}")
    elif shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        for child in node:
            if local(child.tag) != item:
                strange.append(f"{place}: {local(child.tag)} should be {item}")
            walk(shape.member, child, f"{place}[]")
    elif shape.type_name == "map":
        pass
    else:
        text = node.text or ""
        patterns = {
            "boolean": "true|false",
            "integer": "-?[0-9]+",
            "long": "-?[0-9]+",
            "float": "-?[0-9.eE+-]+",
            "double": "-?[0-9.eE+-]+",
            "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z",
        }
        pattern = patterns.get(shape.type_name)
        if pattern and not re.fullmatch(pattern, text):
            strange.append(f"{place}: {text!r} is no {shape.type_name}")
        if len(node):
            strange.append(f"{place}: a {shape.type_name} with elements in it")


def judge(model, content):
    """Walks a successful answer of an operation by its model."""
    shape = model.output_shape
    root = tree.fromstring(content)
    if shape is None:
        return
    if model.service_model.metadata["protocol"] == "query":
        wrapper = shape.serialization.get("resultWrapper")
        results = [child for child in root if local(child.tag) == wrapper]
        if len(results) != 1:
            strange.append(f"{model.name}: {wrapper} is there {len(results)} times")
            return
        root = results[0]
    walk(shape, root, model.name)
