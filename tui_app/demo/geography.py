"""Where the invented taxa live: 250 countries in regions with a realm, a climate and seas.

A taxon's place is a *cluster* (a home country within a region) and a *breadth* (0–7: how far it
spreads over the region), so that the countries of one taxon are neighbours.  Both are bytes,
and the list of countries follows from them without a table of taxa.
"""

# ruff: noqa: E501 - a table
from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

COUNTRIES_BY_BREADTH: Final = (1, 1, 1, 2, 3, 5, 9, 16)
"""How many countries a taxon of each breadth lives in, at most."""

CLIMATES: Final = "tmac"
"""Tropical, temperate, arid, cold: the climates of the regions, by their letters."""

# name | realms | climate | FAO areas | tag | countries, starred with how often they are home
_TEXT: Final = """
East Africa|0|t|51|africa|KE*2 TZ*4 UG*2 RW BI ET*2 ER DJ SO*2 SS SD MZ*2 MW ZM*2 ZW
Southern Africa|0|a|47,51|africa|ZA*8 LS SZ NA BW*1 AO*1 ZW MZ SH*1
West Africa|0|t|34|africa|NG*2 CM*3 GH*2 CI*1 LR SL GN*1 GW SN ML BF NE TG BJ GM MR CV TD ST
Central Africa|0|t|34,47|africa|CD*3 GA*2 CG CF GQ*1 AO CM*2 ST
Madagascar and the islands|0|t|51|africa|MG*6 MU*1 RE SC*1 KM YT IO
North Africa|7,0|a|34,37|africa|MA*2 DZ TN LY EG EH SD MR
Arabia and the Levant|7,0|a|51|orient|IR*2 IQ SY LB IL JO PS SA*1 YE*2 OM*1 AE QA BH KW EG
Mediterranean|7|m|37,27|europe|IT*3 ES*4 GR*2 TR*3 PT*1 FR*1 HR*1 AL ME BA MK RS SI BG CY MT MC SM GI AD VA
Northern Europe|7|m|27,18|europe|GB*2 DE*1 FR PL IE NL BE LU CH AT CZ SK HU RO*1 MD UA*1 DK SE*1 NO FI EE*1 LV LT BY IS LI FO AX GG JE IM SJ
Northern Asia|7|c|61,18|orient|RU*4 KZ*1 KG TJ UZ TM AF PK MN*1 GE*1 AM AZ CN*2
East Asia|7,3|m|61|orient|CN*9 JP*4 KR KP TW*2 HK MO
South Asia|3|t|51,57|orient|IN*8 LK*3 NP BT BD PK MV MM*1 DT
Indochina|3|t|57,71|orient|TH*3 VN*3 LA*1 KH MM*1 MY*2 SG
Malesia|3,2|t|57,71|orient|ID*8 MY*3 PH*6 BN TL SG CX CC PG*1
Australasia|2|a|57,71,81|pacific|AU*11 NZ*3 PG*4 SB*2 NC*4 VU NF
Oceania|6|t|71,77,81|pacific|FJ*2 WS TO TV KI NR FM MH PW GU MP AS CK NU TK PF*1 WF PN UM US*2
North America|4|m|21,31,67,77|america|US*8 CA*2 MX*4 GL PM BM
Central America|5,4|t|31,77|america|MX*6 GT*1 HN NI CR*3 PA*2 BZ SV CO
Caribbean|5|t|31|caribbean|CU*3 DO HT*2 JM PR BS KY TC VI VG AI MF SX BL AG KN MS GP*1 DM MQ LC VC BB GD TT*1 AW CW BQ
Andes|5|t|77,87|america|CO*6 EC*5 PE*6 BO*2 VE*3 CL
Amazonia|5|t|31,41|america|BR*12 GY SR GF VE PY CO PE
Southern Cone|5|m|41,87|america|AR*4 CL*3 UY PY BR FK
Southern Ocean|1|c|48,58,88|america|AQ*1 GS BV HM TF FK
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A home country and what lies around it.

    Attributes:
        countries: codes of the home country and of its neighbours, the nearest first.
        realms: codes of the region's biogeographical realms, the main one first.
        climate: index in :data:`CLIMATES`.
        faos: codes of the seas around it.
        tag: the part of the world, for the scopes of regional assessments.
    """

    countries: tuple[str, ...]
    realms: tuple[str, ...]
    climate: int
    faos: tuple[str, ...]
    tag: str


@cache
def clusters() -> tuple[Cluster, ...]:
    """All clusters (at most 256); a country with many species is home to several."""
    found: list[Cluster] = []
    for line in _TEXT.strip().split("\n"):
        _, realms, climate, faos, tag, places = line.split("|")
        pairs = [place.partition("*") for place in places.split()]
        around = [code for code, _, _ in pairs]
        for home, (_, _, number) in enumerate(pairs):
            near = tuple(around[home:] + around[:home])[: COUNTRIES_BY_BREADTH[-1]]
            cluster = Cluster(
                near,
                tuple(realms.split(",")),
                CLIMATES.index(climate),
                tuple(faos.split(",")),
                tag,
            )
            found.extend([cluster] * int(number or 0))
    return tuple(found)


def countries_of(cluster: int, breadth: int) -> tuple[str, ...]:
    """Codes of the countries of one place, the home country first."""
    return clusters()[cluster].countries[: COUNTRIES_BY_BREADTH[breadth]]


def realms_of(cluster: int, breadth: int) -> tuple[str, ...]:
    """Codes of its realms: a second one only where the taxon is widespread."""
    return clusters()[cluster].realms[: 2 if breadth > 5 else 1]


def faos_of(cluster: int, breadth: int) -> tuple[str, ...]:
    """Codes of its seas: one for a narrow range, all around for a wide one."""
    return clusters()[cluster].faos[: 1 + breadth // 2]
