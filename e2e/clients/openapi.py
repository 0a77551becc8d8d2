"""Checks the OpenAPI document of a server, and real answers against what it says of them.

usage: openapi.py DOCUMENT.json ANSWERS.json, where the answers are a list of {"schema": NAME, "body": …}
"""

import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

document = json.load(open(sys.argv[1]))
validate(document)
for answer in json.load(open(sys.argv[2])):
    schema = {"$ref": f"#/components/schemas/{answer['schema']}", "components": document["components"]}
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(answer["body"])]
    assert not errors, f"{answer['schema']}: {errors} in {answer['body']}"
print("good")
