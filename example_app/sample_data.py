"""What the shop sells on its first day."""

from __future__ import annotations

from typing import Final

#: Slug, name, category, pence, tagline, description, details, film.
PRODUCTS: Final = (
    (
        "terracotta-pot",
        "Hand-thrown terracotta pot",
        "garden",
        2400,
        "Frost-proof, with a rim made for gripping",
        "Thrown on a kick wheel and fired slowly, so that the clay breathes and the"
        " roots stay cool. No two are quite alike.",
        "24 cm across, 21 cm tall\nDrainage hole and saucer\nFrost-proof to -15 °C",
        "",
    ),
    (
        "watering-can",
        "Long-reach watering can",
        "garden",
        3800,
        "Balanced when full, gentle on seedlings",
        "A long spout reaches the back of the border, and the brass rose rains softly"
        " enough for the smallest seedling. It carries level even when full.",
        "Galvanised steel, powder-coated\n5 litres\nRemovable brass rose",
        "PebblePine1",
    ),
    (
        "olive-tree",
        "Olive tree in a clay pot",
        "plants",
        4600,
        "Silver leaves for a sunny doorstep",
        "Five years old, pruned to an open crown and used to our weather. Give it sun,"
        " a little water and shelter from the coldest winds.",
        "About 60 cm with its pot\nHardy to -7 °C\nSent upright, in straw",
        "",
    ),
    (
        "stoneware-mug",
        "Stoneware mug, dipped",
        "home",
        1900,
        "Speckled clay, half in sea-glass glaze",
        "A mug with a proper handle and a thumb rest. Each is dipped by hand, so the"
        " line of the glaze wanders a little.",
        "350 ml\nDishwasher and microwave safe\nMade in small batches",
        "",
    ),
    (
        "trowel-and-fork",
        "Ash-handled trowel & fork",
        "garden",
        3200,
        "Two tools for a lifetime of planting",
        "Forged carbon steel with ash handles, turned to fit the palm. Oil them in"
        " autumn and they will outlast the gardener.",
        "30 cm long\nForged carbon steel, ash\nLeather loops for hanging",
        "",
    ),
    (
        "herb-kit",
        "Windowsill herb kit",
        "plants",
        2800,
        "Basil, thyme and chives in a pine box",
        "Everything for a kitchen garden of forty centimetres: box, soil, seeds and"
        " three slate labels. The first leaves come after eight days.",
        "Pine box, 38 x 14 x 12 cm\nPeat-free soil\nThree packets of organic seeds",
        "PebblePine2",
    ),
    (
        "beeswax-candles",
        "Beeswax pillar candles",
        "home",
        2600,
        "Three, poured from one summer's wax",
        "Pure beeswax burns long and clean and smells faintly of honey. Trim the wick"
        " and let the first burn reach the rim.",
        "Set of three: 8, 12 and 16 cm\n20 to 60 hours\nCotton wicks",
        "",
    ),
    (
        "bird-house",
        "Cedar bird house",
        "garden",
        3400,
        "For tits and nuthatches, easy to clean",
        "Untreated cedar weathers to silver and needs no paint. The roof lifts for"
        " cleaning in autumn; the hole is 32 mm, as small birds like it.",
        "18 x 16 x 26 cm\nUntreated cedar\nScrews and hanging plate",
        "PebblePine3",
    ),
    (
        "wool-throw",
        "Lambswool throw",
        "home",
        8900,
        "Woven in a twill, fringed by hand",
        "Soft enough for a nap, heavy enough for a bench in October. Woven from"
        " lambswool in colours that were picked on a walk in the woods.",
        "130 x 180 cm\n100 % lambswool\nWash cold, dry flat",
        "",
    ),
    (
        "willow-trug",
        "Willow trug",
        "garden",
        3600,
        "From the bed to the kitchen table",
        "A shallow basket of steamed willow that holds a day's harvest and rinses clean"
        " under the tap.",
        "42 x 30 cm\nSteamed willow, ash handle\nHolds up to 8 kg",
        "",
    ),
    (
        "seed-tin",
        "Seed tin",
        "plants",
        2200,
        "Twelve dividers, one for each month",
        "Keeps seeds dry, dark and in order of sowing. A stubby pencil and thirty blank"
        " envelopes for your own are inside.",
        "21 x 15 x 13 cm\nPowder-coated steel\nThirty paper envelopes",
        "",
    ),
    (
        "garden-lantern",
        "Garden lantern",
        "home",
        5200,
        "Steel and glass for long evenings",
        "Stands in the grass or hangs from a branch. The door closes with a magnet, and"
        " the vents keep the flame steady in wind.",
        "16 x 16 x 38 cm\nPowder-coated steel, glass\nFor candles up to 7 cm across",
        "",
    ),
)

#: Product, author, rating, words, day.
REVIEWS: Final = (
    (
        "terracotta-pot",
        "A customer",
        5,
        "Survived a hard winter on the terrace. Ordered two more.",
        "2026-04-18",
    ),
    (
        "terracotta-pot",
        "H. B.",
        4,
        "Lovely colour. A little smaller than I had pictured.",
        "2026-06-02",
    ),
    (
        "watering-can",
        "M. T.",
        5,
        "The first can that doesn't dribble on my shoes.",
        "2026-05-21",
    ),
    (
        "watering-can",
        "A customer",
        5,
        "Reaches everything, looks good by the door.",
        "2026-07-11",
    ),
    (
        "watering-can",
        "J. W.",
        4,
        "Heavy when full, but what else would it be.",
        "2026-08-03",
    ),
    (
        "olive-tree",
        "A customer",
        5,
        "Arrived without one lost leaf.",
        "2026-05-09",
    ),
    (
        "olive-tree",
        "S. K.",
        4,
        "Healthy tree, plain pot. It grew ten centimetres this summer.",
        "2026-09-14",
    ),
    (
        "stoneware-mug",
        "R. A.",
        5,
        "My tea has moved in.",
        "2026-03-30",
    ),
    (
        "stoneware-mug",
        "A customer",
        5,
        "The glaze is even nicer in daylight.",
        "2026-08-19",
    ),
    (
        "trowel-and-fork",
        "A customer",
        5,
        "Sharp, solid, no wobble.",
        "2026-04-02",
    ),
    (
        "herb-kit",
        "L. P.",
        4,
        "Basil and chives came fast, the thyme took its time.",
        "2026-06-25",
    ),
    (
        "beeswax-candles",
        "A customer",
        5,
        "The whole room smells of honey, but only just.",
        "2026-10-12",
    ),
    (
        "bird-house",
        "E. N.",
        5,
        "Blue tits moved in after nine days.",
        "2026-05-02",
    ),
    (
        "bird-house",
        "A customer",
        4,
        "Well made. Bring your own ladder.",
        "2026-09-01",
    ),
    (
        "wool-throw",
        "A customer",
        5,
        "Warm, not scratchy. The cat agrees.",
        "2026-10-28",
    ),
    (
        "garden-lantern",
        "C. D.",
        5,
        "Stayed lit through a windy supper.",
        "2026-09-20",
    ),
)
