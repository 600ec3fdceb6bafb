"""Validates the RO-Crates of run folders against Process Run Crate 0.5 (and RO-Crate 1.1 below it) with rocrate-validator.

    python validate_crate.py FOLDER...          exit status 1 if one is not valid

Made with roc-validator 0.13.0 and rocrate 0.16.0 (PyPI). Works without a network: the JSON-LD context that the crate names by its address
is taken from the rocrate package, whose context is that of RO-Crate 1.3, a superset of 1.1's for the terms used here.
"""
import email.message, io, pathlib, sys, urllib.request, urllib.response
import requests, requests_cache, rocrate
from rocrate_validator import models, services

local = (pathlib.Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_bytes()
online = urllib.request.OpenerDirector.open


def offline(self, request, *args, **kwargs):
    url = request if isinstance(request, str) else request.full_url
    if "w3id.org/ro/crate" not in url:
        return online(self, request, *args, **kwargs)
    headers = email.message.Message()
    headers["Content-Type"] = "application/ld+json"
    response = urllib.response.addinfourl(io.BytesIO(local), headers, url, 200)
    response.msg = "OK"
    return response


def offline_session(self, method, url, *args, **kwargs):
    if "w3id.org/ro/crate" not in url:
        return online_session(self, method, url, *args, **kwargs)
    response = requests.Response()
    response.status_code, response._content, response.url = 200, local, url
    response.headers["Content-Type"] = "application/ld+json"
    return response


urllib.request.OpenerDirector.open = offline
online_session, requests.Session.request = requests.Session.request, offline_session
requests_cache.CachedSession.request = offline_session
failed = 0
for folder in sys.argv[1:]:
    result = services.validate(services.ValidationSettings(
        rocrate_uri=folder, profile_identifier="process-run-crate-0.5", requirement_severity=models.Severity.REQUIRED,
        abort_on_first=False))
    issues = [f"{issue.severity.name} {issue.check.identifier}: {issue.message}" for issue in result.get_issues()]
    print(folder, "valid" if not issues else "NOT VALID", *issues, sep="\n  ")
    failed += bool(issues)
sys.exit(1 if failed else 0)
