"""Lists of projects and medias: order, pages, filters, and that they hold still."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support import Api, assert_error

pytestmark = pytest.mark.every_catalog

LISTS = [("/v1", "projects"), ("/v1", "medias"), ("/modern", "folders"), ("/modern", "medias")]


class Lister:
    """Fills one of the lists and reads it."""

    def __init__(self, api: Api, path: str) -> None:
        self._api = api
        self.path = path

    def add(self, *names: str) -> list[int]:
        return [self._api("POST", self.path, {"name": name}).json()["id"] for name in names]

    def rename(self, number: int, name: str) -> None:
        assert self._api("PUT", f"{self.path}/{number}", {"name": name}).status_code == 200

    def delete(self, number: int) -> None:
        assert self._api("DELETE", f"{self.path}/{number}").status_code == 200

    def page(self, **asked: Any) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        answer = self._api("GET", f"{self.path}.json?{query}")
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def names(self, **asked: Any) -> list[str]:
        return [row["name"] for row in self.page(**asked)]

    def pages(self, between: Callable[[int], None] = lambda _: None, **asked: Any) -> Iterator[int]:
        """Ids, page after page until one is empty; ``between`` is called after each."""
        number = 1
        while page := self.page(page=number, **asked):
            yield from (row["id"] for row in page)
            between(number)
            number += 1


@pytest.fixture(params=LISTS, ids="/".join)
def lister(request: pytest.FixtureRequest, api: Api) -> Lister:
    return Lister(api, "/".join(request.param))


@pytest.fixture
def medias(api: Api) -> Lister:
    return Lister(api, "/v1/medias")


def test_a_list_stands_by_id_unless_asked_otherwise(lister: Lister) -> None:
    lister.add("b", "c", "a")
    assert lister.names() == list("bca")
    assert lister.names(sort_direction=0) == list("acb")
    assert lister.names(sort_by="", sort_direction="", page="", per_page="") == list("bca")
    assert lister.names(sort_by="name") == lister.names(sort_by="name", sort_direction=1)
    assert lister.names(sort_by="name") == list("abc")
    assert lister.names(sort_by="name", sort_direction=0) == list("cba")
    assert lister.names(sort_by="created") == list("bca")
    assert lister.names(sort_by="created", sort_direction=0) == list("acb")


def test_a_change_moves_to_the_end_by_the_time_of_updating(lister: Lister) -> None:
    first, *_ = lister.add("b", "c", "a")
    lister.rename(first, "z")
    assert lister.names(sort_by="updated") == list("caz")
    assert lister.names(sort_by="updated", sort_direction=0) == list("zac")
    assert lister.names(sort_by="created") == list("zca")


def test_names_are_compared_letter_by_letter(lister: Lister) -> None:
    names = ["b", "B", "a b", "a", "\u00e4", "1", "10", "2", "\U0001f3ac", "\u4e2d"]
    lister.add(*names)
    assert lister.names(sort_by="name") == sorted(names)


def test_equal_names_stand_by_id_on_every_page(lister: Lister) -> None:
    ids = lister.add(*["same"] * 7)
    assert list(lister.pages(sort_by="name", per_page=2)) == ids
    assert list(lister.pages(sort_by="name", sort_direction=0, per_page=3)) == ids[::-1]


def test_a_page_holds_a_hundred_at_the_most_and_past_the_end_is_nothing(lister: Lister) -> None:
    ids = lister.add(*(str(number) for number in range(130)))
    for asked in ({}, {"per_page": 100}, {"per_page": 5000}, {"per_page": 10**14}):
        assert [row["id"] for row in lister.page(**asked)] == ids[:100]
        assert [row["id"] for row in lister.page(page=2, **asked)] == ids[100:]
        for beyond in (3, 4, 10**14):
            assert lister.page(page=beyond, **asked) == []
    assert [row["id"] for row in lister.page(page=13, per_page=10)] == ids[120:]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("page=0", "page: '0' is not a whole number from 1"),
        ("page=-1", "page: '-1' is not a whole number from 1"),
        ("page=1.0", "page: '1.0' is not a whole number from 1"),
        ("page=%D9%A1", "page: '\u0661' is not a whole number from 1"),
        ("per_page=0", "per_page: '0' is not a whole number from 1"),
        ("per_page=ten", "per_page: 'ten' is not a whole number from 1"),
        ("sort_by=id;", "sort_by: 'id;' is not known (use name, created, updated)"),
        ("sort_by=Name", "sort_by: 'Name' is not known (use name, created, updated)"),
        ("sort_direction=2", "sort_direction: '2' is not known (use 1 ascending, 0 descending)"),
        (
            "sort_direction=asc",
            "sort_direction: 'asc' is not known (use 1 ascending, 0 descending)",
        ),
        ("page=1&page=2", "page: is given 2 times (use it once)"),
    ],
)
def test_a_bad_parameter_is_named(api: Api, lister: Lister, asked: str, error: str) -> None:
    assert_error(api("GET", f"{lister.path}?{asked}"), 422, error)


def test_reading_page_by_page_while_more_is_added_gives_each_once(lister: Lister) -> None:
    there = lister.add(*"hgfedcba")

    def more(number: int) -> None:
        if number < 4:
            lister.add("a", "zz")

    for asked in (
        {"sort_by": "name"},
        {"sort_by": "name", "sort_direction": 0},
        {"sort_by": "created", "sort_direction": 0},
        {"sort_by": "updated", "sort_direction": 0},
        {"sort_by": "updated"},
        {"sort_direction": 0},
    ):
        before = {row["id"] for row in lister.page()}
        read = list(lister.pages(more, per_page=3, **asked))
        assert len(read) == len(set(read))
        assert set(read) == before >= set(there)


def test_what_is_added_meanwhile_comes_last_where_that_is_its_place(lister: Lister) -> None:
    there = lister.add(*"abcdef")
    for asked in ({}, {"sort_by": "created"}):
        added: list[int] = []

        def more(number: int, added: list[int] = added) -> None:
            if number < 4:
                added.extend(lister.add("new"))

        read = list(lister.pages(more, per_page=2, **asked))
        assert read == there + added
        there = read


def test_reading_page_by_page_while_things_go_and_move_skips_nothing(lister: Lister) -> None:
    there = lister.add(*(f"{number:02}" for number in range(20)))

    def stir(number: int) -> None:
        if number < 4:
            # Of what was read, and of what was not.
            lister.delete(there[number])
            lister.delete(there[19 - number])
            lister.rename(there[4 + number], f"99{number}")
            lister.rename(there[15 - number], f"00{number}")

    read = list(lister.pages(stir, sort_by="name", per_page=4))
    assert read == [number for at, number in enumerate(there) if at not in {16, 17, 18}]


def test_a_page_asked_for_again_is_the_same(lister: Lister) -> None:
    lister.add(*"fedcba")
    first = lister.page(sort_by="name", per_page=2)
    second = lister.page(sort_by="name", per_page=2, page=2)
    lister.add("a", "b")
    assert lister.page(sort_by="name", per_page=2, page=2) == second
    # The first page begins anew.
    assert lister.page(sort_by="name", per_page=2) != first


def test_a_page_out_of_turn_is_cut_out_by_number(lister: Lister) -> None:
    ids = lister.add(*"abcdefgh")
    assert [row["id"] for row in lister.page(page=3, per_page=3)] == ids[6:]
    assert [row["id"] for row in lister.page(page=1, per_page=3)] == ids[:3]
    assert [row["id"] for row in lister.page(page=3, per_page=3)] == ids[6:]


def test_a_project_shows_its_medias_five_hundred_at_a_time(api: Api, medias: Lister) -> None:
    project = api("POST", "/v1/projects", {"name": "Course"}).json()
    ids = medias.add(*(f"{number:03}" for number in range(130)))
    for number in ids[1:]:
        api("PUT", f"/v1/medias/{number}", {"project_id": project["id"]})

    def shown(base: str = "/v1/projects", **asked: Any) -> list[int]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        found = api("GET", f"{base}/{project['id']}.json?{query}").json()
        assert found["name"] == "Course"
        return [media["id"] for media in found["medias"]]

    assert shown() == shown(per_page=500) == shown(per_page=501) == ids[1:]
    assert shown("/modern/folders") == ids[1:]
    assert shown(per_page=50, page=1) == ids[1:51]
    assert shown(per_page=50, page=3) == ids[101:]
    assert shown(page=2) == shown(per_page=50, page=4) == []
    assert shown(sort_by="name", sort_direction=0, per_page=2) == ids[:-3:-1]
    for asked, name in (("page=0", "page"), ("sort_by=x", "sort_by"), ("per_page=x", "per_page")):
        answer = api("GET", f"/v1/projects/{project['id']}?{asked}")
        assert answer.status_code == 422
        assert answer.json()["error"].startswith(f"{name}: ")


@pytest.mark.parametrize(("base", "word"), [("/v1", "project"), ("/modern", "folder")])
def test_medias_are_filtered_by_project_name_id_and_type(api: Api, base: str, word: str) -> None:
    one, two = (api("POST", f"{base}/{word}s", {"name": name}).json() for name in ("one", "two"))
    for hashed_id, name, kind, project in (
        ("a", "same", "Video", one),
        ("b", "same", "Audio", one),
        ("c", "c&d=100% +", "Video", two),
        ("d", "d", "Video", None),
    ):
        body = {"hashed_id": hashed_id, "name": name, "type": kind}
        body |= {f"{word}_id": project["id"]} if project else {}
        assert api("POST", f"{base}/medias", body).status_code == 201

    def ids(asked: str) -> str:
        answer = api("GET", f"{base}/medias?{asked}")
        assert answer.status_code == 200, answer.text
        return "".join(media["hashed_id"] for media in answer.json())

    assert ids(f"{word}_id={one['id']}") == ids(f"{word}_id={one['hashed_id']}") == "ab"
    assert ids(f"project_id={one['id']}") == "ab"
    assert ids(f"{word}_id=&name=&hashed_id=&type=") == "abcd"
    assert ids("name=same") == "ab"
    assert ids("name=c%26d%3D100%25%20%2B") == "c"
    assert ids("name=Same") == ids("name=sam") == ids("name=%25") == ids("name=%00") == ""
    assert ids("name=' OR 1=1--") == ids("hashed_id=a%00") == ids("hashed_id=nowhere") == ""
    assert ids("hashed_id=c") == "c"
    assert ids("type=Audio") == "b"
    assert ids("type=Video") == "acd"
    assert ids("type=PdfDocument") == ids("type=UnknownType") == ""
    assert ids(f"{word}_id={one['id']}&name=same&type=Video") == "a"
    assert ids(f"{word}_id={two['id']}&name=same") == ""
    answer = api("GET", f"{base}/medias?{word}_id=nowhere")
    assert_error(answer, 404, f"no {word} 'nowhere' in this account")
    answer = api("GET", f"{base}/medias?type=video")
    assert_error(answer, 422, "type: 'video' is not known (use Video or Audio)")
