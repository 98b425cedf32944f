"""Where secrets occur: the syntaxes that are recognised, and text that looks like them and is not secret."""

from __future__ import annotations

import json

import pytest
from secrets_at_run_time import letters

from prestop import Scrubber

VALUE = letters(22, 90) + "7q"

FOUND = {
    "shell": "export API_KEY={}",
    "fish": "set -x API_KEY {}",
    "dockerfile": "ENV API_KEY {}",
    "yaml": "db:\n  password: {}\n",
    "yaml pair": "env:\n  - name: DB_PASSWORD\n    value: {}\n",
    "toml": "api_key = '{}'",
    "ini": "password={}",
    "properties": "spring.datasource.password={}",
    "json": '{{"clientSecret": "{}"}}',
    "json pair": '{{"name": "API_KEY", "value": "{}"}}',
    "json written by hand": '"{{"a": "b", "apiKey": "{}"}}"',
    "xml element": "<apiToken>{}</apiToken>",
    "xml attribute": '<user name="bob" password="{}"/>',
    "xml pair": '<add key="ApiKey" value="{}"/>',
    "xml entry": '<entry key="password">{}</entry>',
    "plist": "<key>APIKey</key>\n<string>{}</string>",
    "terraform": 'variable "db_password" {{\n  default = "{}"\n}}',
    "python": 'API_KEY: str = "{}"',
    "python default": 'os.getenv("API_KEY", "{}")',
    "javascript default": "process.env.API_KEY || '{}'",
    "typescript": 'const apiKey: string = "{}";',
    "go": 'apiKey := "{}"',
    "rust": 'const API_KEY: &str = "{}";',
    "java": 'conn.setPassword("{}");',
    "php": "define('DB_PASSWORD', '{}');",
    "ruby": ":api_key => '{}'",
    "clojure": '{{:password "{}"}}',
    "lisp": '(setq api-key "{}")',
    "groovy": "password '{}'",
    "makefile": "generic_TOKEN ::= {}",
    "sql": "ALTER USER bob PASSWORD '{}'",
    "sql identified": "CREATE USER bob IDENTIFIED BY '{}'",
    "query": "https://h.example/?key={}&z=1",
    "call": 'HTTPBasicAuth("bob", "{}")',
    "connection": 'DriverManager.getConnection("jdbc:x", "bob", "{}")',
    "curl user": "curl -u bob:{} https://h.example",
    "curl token": "curl -u '{}:' https://h.example",
    "docker login": "docker login -u bob -p {} r.example",
    "openssl": "openssl rsa -passin pass:{} -in x",
    "netrc": "machine h.example login bob password {}",
    "sentence": "My API key is {}.",
    "log line": "Authenticating with password {}",
    "table": "| password | {} |",
    "vendor": "clockify = {}",
    "short bearer": "Authorization: Bearer xyz",
}

KEPT = {
    "type": "pub type DB_CREDENTIALS = Option<unsafe extern fn()>;",
    "typescript type": "    clientSecret: SensitiveString2048;",
    "packed code": "getToken(e){this.accessToken=e}getToken(e){return this.apiKey.token}",
    "chained code": "e.ProgressType=e.ProgressToken=e.createMessageConnection=e.NullLogger",
    "destructuring": "const{projectId:r,apiKey:o}=e.options;return{url:r}",
    "docstring": "    :param password: the OAuth2 password of the user",
    "comparison": 'if csrf_token == "NOTPROVIDED":',
    "constant": 'INVALID_PASSWORD = "auth/wrong-password"',
    "names": 'KAFKA_SASL_SECRET: "KAFKA_SASL_GSSAPI_KEYTAB"',
    "address": 'authorization: "https://login.example.com/oauth2/authorize"',
    "command": "SUMO_ACCESS_KEY=`etcdctl get /sumologic`",
    "mask": "HUGGINGFACE_API_TOKEN=hf_" + "x" * 34,
    "record": "google_auth.py,sha256=" + "3B1sZWTlpa2ddGtY7UNL9plb7eue5iUlXERSqRGeVNo" + ",984",
    "own name": "secretKey: api-key",
    "image": "data:image/png;base64," + letters(60, 91),
    "map": '"mappings":"' + letters(60, 92) + '"',
    "public key": "ssh-ed25519 AAAA" + letters(64, 93),
    "id": '"request_id": "' + letters(40, 94) + '"',
}


@pytest.mark.parametrize("preset", ["strict", "balanced"])
@pytest.mark.parametrize("row", FOUND)
def test_a_value_is_found_in_every_syntax(preset: str, row: str) -> None:
    text = FOUND[row].format(VALUE)
    scrubbed = Scrubber(preset).scrub_text(text)
    assert scrubbed != text
    assert VALUE[:8] not in scrubbed
    assert VALUE[-8:] not in scrubbed


@pytest.mark.parametrize("preset", ["strict", "balanced"])
@pytest.mark.parametrize("row", FOUND)
def test_a_value_is_found_in_json_in_json(preset: str, row: str) -> None:
    text = json.dumps({"a": json.dumps({"b": FOUND[row].format(VALUE), "c": 1})})
    scrubbed = Scrubber(preset).scrub_text(text)
    assert scrubbed != text
    assert VALUE[:8] not in scrubbed
    assert json.loads(json.loads(scrubbed)["a"])["c"] == 1


@pytest.mark.parametrize("row", KEPT)
def test_code_and_data_stay_in_balanced(row: str) -> None:
    text = KEPT[row]
    assert Scrubber("balanced").scrub_text(text) is text
    in_json = json.dumps({"a": json.dumps({"b": text})})
    assert Scrubber("balanced").scrub_text(in_json) is in_json


def test_a_random_token_without_a_name_is_found() -> None:
    token = "Zq3Lw9Rt7Yp2Xk8V" + letters(24, 95) + "4b"
    assert Scrubber("balanced").scrub_text(f"see {token} there") == "see [REDACTED:BASE64_BLOB] there"
