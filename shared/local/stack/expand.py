"""Expands a SAM template (JSON on stdin) to CloudFormation (JSON on stdout).

The input is {"template": {...}, "parameters": {...}}. An error of the template
is one line on stderr and exit code 2.
"""

import json
import os
import sys

# The translator asks boto for a region only to pick the partition.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def main():
    given = json.load(sys.stdin)
    # Managed policies are named by ARN or known to the translator; looking the
    # others up would need AWS.
    translator = Translator({}, Parser())
    try:
        out = translator.translate(given["template"], given["parameters"])
    except InvalidDocumentException as err:
        causes = [c.message for c in err.causes] or [err.message]
        print("; ".join(causes).replace("\n", " "), file=sys.stderr)
        return 2
    json.dump(out, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
