"""The syllables and words that the demo's names are made of; none of them is anybody's.

Genera are three pieces each, of a kind that no nomenclature uses, so that an invented name
does not meet a real one; epithets are ordinary Latin.  Surnames are made up, and written with
the accents that real authorities carry.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    """The words of a text; an underscore in a word stands for a blank."""
    return tuple(word.replace("_", " ") for word in text.split())


ONSETS: Final = tuple(
    consonant + vowel
    for consonant in _words("B C D F G L M N P R S T V Z Qu Th")
    for vowel in "aeio"
)
"""64 beginnings of a genus."""

MIDDLES: Final = _words(
    """ndovi rquela lvexi stumo mbriza ltuno rphexa ndrelo squima ltheva rgonzi mpluvo zzerta
    nthuri lquora rvisma ndaxo stroli mbevu lcanzi rtulle npheso xandri ptovel lsunta rbiquo
    nvesca rdolmi lfreno stavio ndurxa mqueri"""
)
"""32 middles of a genus."""

ENDINGS: Final = _words(
    """nus:m lus:m ras:m dus:m rops:m thus:m mys:m gnathus:m na:f la:f ra:f sia:f thera:f lia:f
    nella:f mia:f rium:n num:n soma:n stoma:n derma:n thion:n cladum:n lium:n ris:f nis:f lis:f
    nyx:f thrix:f ros:m don:m ceps:m"""
)
"""32 endings of a genus, each with its gender: masculine, feminine or neuter."""

STEMS: Final = _words(
    """alpin austral barbat bicolor: boreal caerule calcar candid cinere clar clavig collin
    crassul decor: delicatul dissimil dubi elegantul eximi falc ferrugine flavid fluviat fusc
    geminat gracilent gul hirsut humil ignot insular jucund juncte lacustr laevigat lanat
    latifrons: lepid limos longul lucid lunat macul mirabund montan nebulos nemor nitid nubil
    obscur ocellat pallid palustr parvul pict pulvere quadrat rivul rubesc rupestr sabul tenu
    umbros vagant"""
)
"""64 stems of epithets; those with a colon have endings without gender."""

SUFFIXES: Final = (
    ("us", "a", "um"),
    ("ensis", "ensis", "ense"),
    ("atus", "ata", "atum"),
    ("oides", "oides", "oides"),
    ("ulus", "ula", "ulum"),
    ("icola", "icola", "icola"),
    ("inus", "ina", "inum"),
    ("ifer", "ifera", "iferum"),
)
"""8 endings of epithets in the three genders."""

SURNAMES: Final = _words(
    """Ångmark Lefèvre-Dunois Nováčekov Őrsvári Çelikdağ Þórvaldur O'Quillan Żurawnik D'Aoustel
    Müllbrandt Sæterlid Ibáñezco Gonçalvim Kořínský Ștefăneanu Wübbeling Håkonrud Brontley
    Thaxmoor Quisenby Verdolino Marchetaz Okonwale Tanizuka Raghavenu Nguyễnhà Abdelkarriz
    Petersholm Van_Oosterdijk De_la_Huertaz Whittenmoor Kuusikoski"""
)
"""32 invented surnames."""

PLACES: Final = _words(
    """Astervale Brindlemoor Cape_Ostra Dunmarrow Elvern_Hills Fenwater Gulf_of_Sarn Harrowdeep
    Isle_of_Quay Jasperfell Kettle_Bay Lornmere Mirador_Alto Nethergorge Ombra_River Port_Selwin
    Quillan_Plain Redstrand San_Telvo Tarnwick Upper_Vesk Vale_of_Thorn Westering Zandermeer"""
)
"""24 places that are on no map."""

ADJECTIVES: Final = _words(
    """Dusky Lesser Greater Northern Pale Spotted Banded Slender Broad-leaved Hidden Amber Ringed
    Long-tailed Velvet Marsh Cliff"""
)
"""Adjectives of English names."""

NOUNS: Final = {
    "MAMMALIA": _words("Vole Bat Shrew Langur Dormouse Antelope"),
    "AVES": _words("Warbler Lark Tanager Petrel Rail Owl"),
    "REPTILIA": _words("Skink Gecko Whipsnake Tortoise Racer"),
    "AMPHIBIA": _words("Treefrog Toad Salamander Stream_Frog Newt"),
    "ACTINOPTERYGII": _words("Barb Goby Cichlid Wrasse Darter"),
    "CHONDRICHTHYES": _words("Skate Dogfish Ray Catshark"),
    "INSECTA": _words("Blue Skimmer Ground_Beetle Bush-cricket Damselfly"),
    "PLANTAE": _words("Orchid Ebony Speedwell Palm Cedar Bellflower"),
    "FUNGI": _words("Waxcap Webcap Bolete Lichen"),
    "": _words("Snail Crayfish Coral Spider Mussel"),
}
"""Nouns of English names, by class or kingdom."""

VERNACULARS: Final = tuple(
    (language, _words(adjectives), _words(nouns))
    for language, adjectives, nouns in (
        ("spa", "Pequeño Dorado Sureño Montañés", "Ranilla Mojarrón Arbolillo Señorita"),
        ("fre", "Cendré Doré Tacheté Élégant", "Grèbelin Chêneau Rainèlle Épinou"),
        ("ger", "Großer Östlicher Gefleckter Blasser", "Würgling Mäusling Käferling Schönholz"),
        ("por", "Pequenino Anão São-joanense Listrado", "Peixão Pássarim Jacarandão Rãzinha"),
        ("tur", "Küçük Yeşil Çizgili Dağlı", "Kuşçuk Balıkçık Çiçeğim Kırlağan"),
        ("rus", "Малый Северный Горный Пёстрый", "Лесник Ручейник Камышник Звонец"),
        ("gre", "Μικρό Ορεινό Γκρίζο Νότιο", "Πουλάκι Ψαράκι Λουλούδι Βατράχι"),
        ("jpn", "ヤマ キタ コ シマ", "ホシガエル ツユクサモドキ ナミウオ カゲトンボ"),
        ("chi", "小 山 北方 斑纹", "林蛙 溪鱼 草兰 夜雀"),
        ("hin", "छोटा पहाड़ी उत्तरी चित्तीदार", "मेंढक चिड़िया मछली फूल"),
        ("ara", "صغير جبلي شمالي مرقط", "ضفدع عصفور سمكة زهرة"),
    )
)
"""Names in other languages and scripts: ISO 639-2 code, adjectives, nouns."""
