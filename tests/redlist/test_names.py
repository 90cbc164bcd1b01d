"""Names as spreadsheets hold them: each becomes what the API is asked for, or a reason."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.redlist.names import HYBRID, Name, parse_name

UNNAMED = "the taxon below the species is unnamed"
NUMBER = "a number, not a name; ids go with the operation assessments"

READ = {
    # as they should be
    "Panthera leo": "Panthera leo",
    "Ia io": "Ia io",
    "Polygonia c-album": "Polygonia c-album",
    "Isoëtes lacustris": "Isoëtes lacustris",
    "Hyla müelleri": "Hyla müelleri",
    "Rosa d'orbignyi": "Rosa d'orbignyi",
    # blanks, marks and case
    "  Panthera   leo  ": "Panthera leo",
    "Panthera\tleo": "Panthera leo",
    "Panthera\u00a0leo": "Panthera leo",
    "\ufeffPanthera leo": "Panthera leo",
    "Pan\u00adthera\u200b leo\u200d": "Panthera leo",
    "Panthera\x0bleo": "Panthera leo",
    "Panthera\x00 leo\x1b": "Panthera leo",
    "Panthera_leo": "Panthera leo",
    "PANTHERA LEO": "Panthera leo",
    "panthera leo": "Panthera leo",
    "Panthera Leo": "Panthera leo",
    "Ｐａｎｔｈｅｒａ　ｌｅｏ": "Panthera leo",
    "Polygonia c\u2010album": "Polygonia c-album",
    "Isoe\u0308tes lacustris": "Isoëtes lacustris",
    "Cæcilia tentaculata": "Caecilia tentaculata",
    "†Thylacinus cynocephalus": "Thylacinus cynocephalus",
    "Panthera leo.": "Panthera leo",
    # quotes, tags, list marks, columns
    '"Panthera leo"': "Panthera leo",
    "'Panthera leo'": "Panthera leo",
    "“Panthera leo”": "Panthera leo",
    "<i>Panthera leo</i> (Linnaeus, 1758)": "Panthera leo",
    "<em>Panthera</em> <em>leo</em>": "Panthera leo",
    "Panthera&nbsp;leo": "Panthera leo",
    "*Panthera leo*": "Panthera leo",
    "_Panthera leo_": "Panthera leo",
    "1. Panthera leo": "Panthera leo",
    "- Panthera leo": "Panthera leo",
    "Panthera leo,": "Panthera leo",
    "Panthera leo;": "Panthera leo",
    "Panthera leo,LC,Africa": "Panthera leo",
    "Panthera leo;lion": "Panthera leo",
    "Panthera leo|lion": "Panthera leo",
    "Panthera leo\tlion": "Panthera leo",
    '"Panthera leo (Linnaeus, 1758)",VU': "Panthera leo",
    "Panthera leo - lion": "Panthera leo",
    "Panthera leo / Felis leo": "Panthera leo",
    "Panthera leo: lion": "Panthera leo",
    # authors
    "Panthera leo (Linnaeus, 1758)": "Panthera leo",
    "Panthera leo (Linnaeus, 1758),VU": "Panthera leo",
    "Panthera leo Linnaeus, 1758": "Panthera leo",
    "PANTHERA LEO (LINNAEUS, 1758)": "Panthera leo",
    "PUMA CONCOLOR GRAY, 1843": "Puma concolor",
    "Puma concolor Linnaeus 1771": "Puma concolor",
    "Homo sapiens Linnaeus": "Homo sapiens",
    "Gorilla gorilla (Savage & Wyman, 1847)": "Gorilla gorilla",
    "Gorilla gorilla (Savage &amp; Wyman, 1847)": "Gorilla gorilla",
    "Abies alba Mill.": "Abies alba",
    "Quercus robur L.": "Quercus robur",
    "Aloe vera (L.) Burm.f.": "Aloe vera",
    "Aloe vera (L.": "Aloe vera",
    "Rhododendron arboreum Hook. f. & Thomson": "Rhododendron arboreum",
    "Rhododendron arboreum Hook. f. ex Smith": "Rhododendron arboreum",
    "Vireo olivaceus de Vieillot": "Vireo olivaceus",
    "Parus major von Humboldt": "Parus major",
    "Parus ater d'Orbigny": "Parus ater",
    "Sedum acre 't Hart": "Sedum acre",
    "Aus bus Smith in Jones": "Aus bus",
    "Aus bus auct. non L.": "Aus bus",
    "Taraxacum officinale sensu lato": "Taraxacum officinale",
    "Rosa canina agg.": "Rosa canina",
    "Canis lupus sp. nov.": "Canis lupus",
    # a subgenus
    "Aedes (Stegomyia) aegypti": "Aedes aegypti",
    "Aedes [Stegomyia] aegypti (Linnaeus, 1762)": "Aedes aegypti",
    "Aedes subgen. Stegomyia aegypti": "Aedes aegypti",
    # below the species
    "Canis lupus chanco": "Canis lupus ssp. chanco",
    "Canis lupus chanco Gray, 1863": "Canis lupus ssp. chanco",
    "CANIS LUPUS CHANCO": "Canis lupus ssp. chanco",
    "Canis Lupus Chanco": "Canis lupus ssp. chanco",
    "Canis lupus ssp. chanco": "Canis lupus ssp. chanco",
    "Canis lupus ssp chanco": "Canis lupus ssp. chanco",
    "Canis lupus ssp.chanco": "Canis lupus ssp. chanco",
    "Canis lupus subsp. Chanco": "Canis lupus ssp. chanco",
    "Canis lupus subspecies chanco": "Canis lupus ssp. chanco",
    "Alces alces alces (Linnaeus, 1758)": "Alces alces ssp. alces",
    "Abies alba var. minor": "Abies alba var. minor",
    "Abies alba Mill. var. minor": "Abies alba var. minor",
    "ABIES ALBA VAR. MINOR": "Abies alba var. minor",
    "Abies alba fo. minor": "Abies alba f. minor",
    "Abies alba forma minor": "Abies alba f. minor",
    "Abies alba subvar. minor": "Abies alba subvar. minor",
    "Quercus robur L. f. purpurascens": "Quercus robur f. purpurascens",
    "Pinus nigra J.F.Arnold subsp. laricio (Poir.) Maire": "Pinus nigra ssp. laricio",
    "Pinus nigra subsp. nigra var. caramanica": "Pinus nigra var. caramanica",
    # subpopulations
    "Gorilla gorilla Nigerian subpopulation": "Gorilla gorilla Nigerian subpopulation",
    "Gorilla gorilla (Nigerian subpopulation)": "Gorilla gorilla Nigerian subpopulation",
    "GORILLA GORILLA NIGERIAN SUBPOPULATION": "Gorilla gorilla Nigerian subpopulation",
    "Balaenoptera musculus, North Pacific stock": "Balaenoptera musculus North Pacific stock",
    "Panthera leo (Linnaeus, 1758) West Africa subpopulation": (
        "Panthera leo West Africa subpopulation"
    ),
    "Ursus arctos ssp. isabellinus Deosai subpopulation": (
        "Ursus arctos ssp. isabellinus Deosai subpopulation"
    ),
    "Balaena mysticetus (Svalbard-Barents Sea (Spitsbergen) stock)": (
        "Balaena mysticetus (Svalbard-Barents Sea (Spitsbergen) stock)"
    ),
}

REFUSED = {
    "": "no letters",
    " \t ": "no letters",
    "???": "no letters",
    "12345": NUMBER,
    "1,Panthera leo": NUMBER,
    "NA": "no name",
    "Panthera": "a genus alone",
    "Panthera,leo": "a genus alone",
    "Quercus L.": "a genus alone",
    "Canis Linnaeus, 1758": "a genus alone",
    "Canis (Linnaeus, 1758)": "a genus alone",
    "Felidae": "a family, not a species",
    "P. leo": "an abbreviated genus (P.)",
    "Quercus rob. L.": "an abbreviated epithet (rob.)",
    "Canis sp.": "species unnamed (sp.)",
    "Canis sp": "species unnamed (sp)",
    "Canis spp.": "species unnamed (spp.)",
    "Canis sp. nov.": "species unnamed (sp.)",
    "Canis sp. 1": "species unnamed (sp.)",
    "Canis sp1": "species unnamed (sp1)",
    "Canis species.": "species unnamed (species.)",
    "Canis sp.: dog": "species unnamed (sp.)",
    "Canis indet.": "species unnamed (indet.)",
    "Canis lupus ssp.": f"{UNNAMED} (ssp.)",
    "Canis cf. lupus": "not certain (cf.)",
    "cf. Canis lupus": "not certain (cf.)",
    "Canis aff. lupus": "not certain (aff.)",
    "Canis lupus cf. chanco": "not certain (cf.)",
    "Canis lupus?": "not certain (lupus?)",
    "Mentha × piperita": HYBRID,
    "Mentha x piperita": HYBRID,
    "Mentha ×piperita": HYBRID,
    "MENTHA X PIPERITA": HYBRID,
    "×Cupressocyparis leylandii": HYBRID,
    "Salix alba x fragilis": HYBRID,
    "Malus domestica 'Gala'": "a cultivar, not a species",
    "Malus domestica cv. Gala": "a cultivar, not a species",
    "Gadus morhua stock": "a subpopulation without a name",
    "Gorilla gorilla subpopulation Nigeria": "a subpopulation that can't be read",
    "Coccinella 7-punctata": "'7-punctata' is not a valid epithet",
    "Пантера лев": "not in Latin letters",
    "Panthera 狮子": "not in Latin letters",
    "Panthera leo " + "x" * 300: "longer than 300 characters",
}

MARKS = "( ) , ; | - _ . ' \" ? × x cf. sp. ssp. var. f. Mill. L. 1758 stock <i> &amp; æ é ß A"
WORDS = ["Canis", "lupus", "LUPUS", "chanco", *MARKS.split()]
MESSY = st.lists(st.sampled_from(WORDS) | st.text(max_size=3))


@pytest.mark.parametrize(("given", "name"), READ.items(), ids=map(ascii, READ))
def test_a_name_is_read_however_it_is_written(given: str, name: str) -> None:
    """Else a species in the user's list is asked for wrongly, or not at all."""
    assert parse_name(given).text == name


@pytest.mark.parametrize(("given", "reason"), REFUSED.items(), ids=lambda text: ascii(text)[:40])
def test_what_is_no_name_is_refused_with_its_reason(given: str, reason: str) -> None:
    """Else a request is spent on it, and its author doesn't learn what to mend."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is what matters
        parse_name(given)
    assert str(refused.value) == reason


def test_the_api_is_asked_for_the_parts_of_a_name() -> None:
    """The rank marker is no parameter of it."""
    assert parse_name("Canis lupus").params == (("genus_name", "Canis"), ("species_name", "lupus"))
    assert parse_name("Abies alba var. minor").params[2:] == (("infra_name", "minor"),)
    assert parse_name("Gorilla gorilla (Nigerian subpopulation)").params[2:] == (
        ("subpopulation_name", "Nigerian subpopulation"),
    )


def test_the_rank_marker_makes_no_other_name() -> None:
    """Else one taxon is asked for several times."""
    assert parse_name("Abies alba var. minor") == parse_name("Abies alba f. minor")
    assert parse_name("Abies alba var. minor") != parse_name("Abies alba")


@given(st.text() | MESSY.map(" ".join) | MESSY.map("".join))
def test_any_text_is_a_name_that_reads_back_or_a_short_reason(text: str) -> None:
    """Else one odd line of a file ends the run, or a kept run asks for something else."""
    try:
        name = parse_name(text)
    except ValueError as reason:
        said = str(reason)
    else:
        said = "a name"
        assert parse_name(name.text) == name
    assert 0 < len(said) < 120


WORD = st.text("abcdefghijklmnopqrstuvwyëü-", min_size=5, max_size=12).filter(
    lambda word: word == word.strip("-")
)


@given(
    st.builds(
        Name,
        WORD.map(str.capitalize),
        WORD,
        st.none() | WORD,
        st.none() | WORD.map(lambda word: f"{word.capitalize()} subpopulation"),
    )
)
def test_a_name_as_iucn_writes_it_reads_back(name: Name) -> None:
    """Else outcomes are told wrong: the server's spelling is compared with what was asked."""
    assert parse_name(name.text) == name
