"""The API's description fits the API, and is read without a script from elsewhere."""

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from authsvc.web.problems import problem
from tests.authsvc.web.conftest import House

pytestmark = pytest.mark.anyio


async def _described(house: House) -> dict[str, Any]:
    response = await house.client().get("/openapi.json")
    described: dict[str, Any] = response.json()
    return described


async def test_every_route_under_v1_is_described_with_its_scope_and_its_refusals(house: House) -> None:
    described = await _described(house)
    served = {
        (route.path, method.lower())
        for route in house.app.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == served
    assert all(path.startswith("/v1/") for path, _ in served)
    for path, method in served:
        operation = described["paths"][path][method]
        assert operation["security"], path
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert "422" not in operation["responses"]


async def test_every_reference_leads_to_a_schema(house: House) -> None:
    described = await _described(house)
    text = (await house.client().get("/openapi.json")).text
    for name in re.findall(r"#/components/schemas/(\w+)", text):
        assert name in described["components"]["schemas"]


async def test_parameters_in_a_path_are_described(house: House) -> None:
    for path, methods in (await _described(house))["paths"].items():
        for operation in methods.values():
            named = [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"]
            assert named == re.findall(r"{(\w+)}", path)


async def test_a_problem_has_the_members_that_are_described(house: House) -> None:
    schema = (await _described(house))["components"]["schemas"]["Problem"]
    response = await house.client().get("/v1/confirmations/x")
    assert set(schema["required"]) <= set(response.json()) <= {*schema["properties"], "member", "rule", "retry_at"}
    assert problem(ValueError(), "1").status == 500


async def test_the_page_to_read_it_loads_nothing_from_elsewhere(house: House) -> None:
    response = await house.client().get("/docs")
    assert response.status_code == 200
    assert "<script" not in response.text
    assert not re.search(r"""(src|href)=["'](https?:)?//""", response.text)
    assert "/v1/confirmations" in response.text
    assert 'lang="en"' in response.text
