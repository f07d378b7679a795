"""What a run of the fuzzer needs besides the document: codes that are right,
and the failures that are no fault of the API, each with its reason."""

import json
import os
import re
import urllib.parse
import urllib.request

import schemathesis

# Operations that spend a code, and its purpose.
PROVED = {"open-session": "login", "cancel-account": "cancel_account", "begin-export": "export_data"}

calls = 0


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives every third valid call that spends a code one that was sent."""
    global calls
    purpose = PROVED.get(case.operation.definition.raw.get("operationId"))
    if purpose is None or case.meta is None or not case.meta.generation.mode.is_positive or not isinstance(case.body, dict):
        return
    if purpose != "login" and case.auth_identity is None:
        return
    calls += 1
    if calls % 3:
        return
    request = urllib.request.Request(f"{os.environ['DESK']}/prove?purpose={purpose}", method="POST")
    with urllib.request.urlopen(request) as response:
        if response.status != 200:
            return
        proof = json.load(response)
    case.body["challenge_id"], case.body["code"] = proof["challenge_id"], proof["code"]
    case.headers["Device-Id"] = proof["device"]
    if purpose != "login":
        case.headers["Authorization"] = "Bearer " + proof["access_token"]


# What a schema cannot say of a value, by where it is: a refusal of exactly this
# is no refusal of valid data.
UNSAID = {
    "body.phone": "whether a number is one of a mobile phone that may log in is the numbering plans' to say",
    "body.policy": "needed for some purposes only, as phone and age_group are",
    "body.age_group": "as body.policy",
    "body.policy.version": "only what was published can be accepted",
    "body.policy.sha256": "only the hash of that text",
    "body.policy_version": "only what was published can be accepted",
    "body.sha256": "only the hash of that text",
    "body.time_zone": "the zones of the IANA database",
    "body.locale": "the tags of BCP 47",
    "body.birthday": "not in the future, nor before anybody's",
    "body.nickname": "not of spaces, controls or marks of direction alone",
    "body.region": "as body.nickname",
    "body.occupation": "as body.nickname",
    "body.hobbies": "as body.nickname",
    "body.quiet_hours.end": "another time than the start",
    "body.up_to": "a time, or the id of a message",
    "body.push_token": "what the push provider takes",
    "body.device.name": "not of spaces, controls or marks of direction alone",
    "query.price_max": "not below price_min",
    "query.radius_km": "only with near",
    "query.sort": "distance only with near",
}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Returns whether a failure is the API's."""
    kind, problem = type(failure).__name__, body(response)
    if kind == "RejectedPositiveData":
        if problem.get("code") == "code_rejected":
            return False  # a code that nobody was sent, of a challenge that never was
        if problem.get("code") == "malformed_request" and "cursor" in problem.get("detail", ""):
            return False  # a cursor is sealed: no generator makes one
        locations = [e.get("location") for e in problem.get("errors") or [{}]]
        return not all(location in UNSAID for location in locations)
    if kind == "AcceptedNegativeData":
        # `limit=` says nothing of the limit, as a form sends what was not filled in:
        # a parameter without a value is an absent one. The tool sends the empty
        # object, and the null, in that spelling, and takes them for a wrong type.
        wrong = re.findall(r"parameters? ((?:`\w+`(?:, )?)+) in query", failure.message)
        sent = urllib.parse.parse_qs(urllib.parse.urlsplit(response.request.url).query, keep_blank_values=True)
        names = re.findall(r"`(\w+)`", " ".join(wrong))
        return not names or "Invalid component:\n" in failure.message or any(any(sent.get(n, ["?"])) for n in names)
    if kind == "AllowHeaderMismatch":
        # Each of these addresses is also one of the other path's, and its methods
        # work there too: Allow tells all (RFC 9110 10.2.1), the tool knows one path.
        return case.operation.path not in ("/v1/me/inbox/seen", "/v1/cancellations/withdrawals", "/v1/me/sessions/current")
    if kind == "IgnoredAuth" and case.operation.path == "/v1/me/cancellation" and case.method == "POST":
        # After it every token is dead. The same call again, known by its challenge,
        # code and device, gets the same answer: a lost one loses nobody.
        return False
    return True


def body(response):
    try:
        parsed = json.loads(response.content)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
