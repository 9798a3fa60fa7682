"""What the service says of itself."""

from tests.support.house import Account, House


def test_every_problem_type_leads_to_what_it_means(idle_house: House) -> None:
    told = idle_house.client.get("/v1/runs/none").get_json()
    answer = idle_house.client.get(told["type"])
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs#problem-unauthorized")
    assert 'id="problem-unauthorized"' in idle_house.client.get("/docs").text
    assert idle_house.client.get("/problems/unheard-of").status_code == 404


def test_the_reference_page_shows_every_operation_and_runs_no_script(house: House) -> None:
    answer = house.client.get("/docs")
    page = answer.get_data(as_text=True)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    for action in house.context.definitions.actions.values():
        assert f'id="{action.id}"' in page
        assert action.path.replace("<", "&lt;") in page
    assert "<script" not in page


def test_health_readiness_and_metrics_need_no_key_and_count_towards_no_limit(house: House) -> None:
    account = house.account()
    account.get("/v1/runs")
    for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/.well-known/webhook-keys.json"):
        answer = house.client.get(path)
        assert answer.status_code == 200, path
        assert "X-RateLimit-Limit" not in answer.headers
    assert account.get("/v1/runs").headers["X-RateLimit-Remaining"] == "118"


def test_not_ready_without_a_worker(idle_house: House) -> None:
    answer = idle_house.client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["worker"]) == (503, False)
    assert idle_house.client.get("/healthz").status_code == 200


def test_when_a_key_was_used_is_noted(account: Account) -> None:
    account.get("/v1/runs")
    account.house.app.extensions["genhook.gate"]._uses.write()
    with account.house.context.database.read() as db:
        used = db.exec_driver_sql("SELECT last_used_at FROM api_keys").scalar_one()
    assert used is not None
