/// The terms of a report, each in a sentence or two for a student.
enum Glossary {
    static let terms: [ReportPage.Pair] = [
        .init(
            key: "Member",
            text: "A record that the victim was trained on. A membership attack guesses which records were."),
        .init(
            key: "AUC",
            text: "The probability that a random member gets a higher score than a random non-member. ½ is guessing, "
                + "1 is certainty. An average over all thresholds, so it can hide a few records that are fully exposed."
        ),
        .init(
            key: "TPR at low FPR",
            text: "The share of members that an attack names while it wrongly accuses only 1 % (or 0.1 %) of the "
                + "non-members. Guessing gives 1 % (0.1 %). It shows what happens to the most exposed records."),
        .init(
            key: "Coarse, not resolvable",
            text:
                "With n non-members the smallest false-positive rate above zero is 1/n. Below it nothing can be said; "
                + "below 10/n a handful of records decides, so the number is coarse."),
        .init(
            key: "Predictive value (PPV)",
            text:
                "Of the records that an attack names, the share that are members. It depends on how many candidates are: "
                + "an attack that looks sharp where every second record is a member may be mostly wrong where one in a "
                + "hundred is."),
        .init(
            key: "Advantage, better direction",
            text:
                "The largest gap between true- and false-positive rate, and the AUC after turning an attack that ranks "
                + "members low. Threshold and direction are chosen on the truth, so both are above chance by luck alone."
        ),
        .init(
            key: "Transferred threshold",
            text: "A threshold that was set on shadow models and then used on the victim, as an adversary must."),
        .init(
            key: "Set membership",
            text:
                "How often a set of members gets a larger total score than as many non-members: weak evidence adds up."
        ),
        .init(
            key: "Generalisation gap",
            text: "Held-out minus training loss. A model that does better on what it has seen gives membership away."),
        .init(
            key: "ε, δ",
            text:
                "Differential privacy: no matter what an adversary does, one record changes the odds of any outcome by "
                + "a factor of at most e^ε, except with probability about δ. Small ε is strong; above 10 it promises little."
        ),
        .init(
            key: "Implied ε",
            text:
                "The smallest ε at which the rates of an attack would be allowed, with its confidence. A way to read a "
                + "ROC, no audit: the candidates of one model are not independent trials, and the most exposed record may "
                + "need a larger ε."),
        .init(
            key: "Exposure",
            text: "How far up a planted secret ranks among all the secrets that it could have been, in bits. "
                + "Near 1 it ranks like any other; at the maximum the model prefers it to all others."),
        .init(
            key: "PSNR",
            text: "How close a reconstructed picture is to the original, in decibels; 6 dB more halve the error. "
                + "Compare it with the control: a class mean resembles every member of its class."),
        .init(
            key: "Control",
            text: "The same measurement where there is nothing to leak, such as an untrained victim. "
                + "An attack that beats its control by nothing has found nothing."),
    ]
}
