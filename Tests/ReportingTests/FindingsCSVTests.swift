import Auditing
import Foundation
import Testing

@testable import Reporting

@Suite("findings.csv")
struct FindingsCSVTests {
    @Test("has a header and one record per row, all as wide")
    func shape() throws {
        let records = try parsed(FindingsCSV.encode(Fixture.findings))
        #expect(records.count == 1 + Fixture.findings.rows.count)
        #expect(records.allSatisfy { $0.count == FindingsCSV.header.count })
        #expect(records.first == FindingsCSV.header)
    }

    @Test("holds the numbers of a row, and no rate where none can be resolved")
    func numbers() throws {
        let records = try parsed(FindingsCSV.encode(Fixture.findings))
        let row = Dictionary(uniqueKeysWithValues: zip(records[0], records[3]))
        #expect(row["id"] == "vae-private/lira-online")
        #expect(row["defence"] == "DP-SGD, clip 1, σ 1.1")
        #expect(row["auc"] == "0.521")
        #expect(row["point2_target_fpr"] == "0.01")
        #expect(row["point2_realised_fpr"] == "0.008")
        #expect(row["point2_threshold"] == "-17.25")
        #expect(row["point2_tpr"] == "0.014")
        #expect(row["point2_resolution"] == "coarse")
        #expect(row["point3_tpr"]?.isEmpty == true)
        #expect(row["point3_resolution"] == "not resolvable")
        #expect(row["trainings"] == "64")
        #expect(row["epsilon"] == "3.9812")
        #expect(row["delta"] == "1e-05")
        let extraction = Dictionary(uniqueKeysWithValues: zip(records[0], records[5]))
        #expect(extraction["measures"]?.hasPrefix("agreement=0.934;agreement.lower=0.921") == true)
    }

    @Test("holds the further numbers of a grade, and empty fields where an older one has none")
    func further() throws {
        let records = try parsed(FindingsCSV.encode(Fixture.findings))
        let row = Dictionary(uniqueKeysWithValues: zip(records[0], records[1]))
        #expect(row["advantage"] == "0.687")
        #expect(row["two_sided_auc_lower"] == "0.894")
        #expect(row["implied_epsilon"] == "2.346" && row["implied_epsilon_delta"] == "1e-05")
        #expect(row["set_size"] == "100" && row["set_accuracy"] == "0.996" && row["top_half_accuracy"] == "0.834")
        #expect(row["point2_ppv_0.01"] == "0.325" && row["point2_ppv_0.5_upper"] == "0.999")
        #expect(row["point4_tpr"] == "" && row["point4_resolution"] == "not resolvable")
        #expect(row["point5_target_fpr"] == "0.0" && row["point5_tpr"] == "0.166")
        #expect(row["transfers"]?.hasPrefix("fpr@0.1=0.1;fpr@0.1.lower=0.057") == true)
        #expect(row["transfers"]?.contains("@0.001") == false, "150 non-members of the shadows do not resolve 0.1 %")
        let older = Dictionary(uniqueKeysWithValues: zip(records[0], records[2]))
        for name in ["advantage", "implied_epsilon", "set_size", "targets", "transfers", "point4_target_fpr"] {
            #expect(older[name] == "", "\(name)")
        }
    }

    @Test("quotes quotation marks, commas and line breaks, even before a combining accent")
    func quoting() throws {
        var findings = Fixture.findings
        let awkward = "a,b \"\u{301}c\" \r\nd"
        findings.rows[0].notes = [awkward]
        let records = try parsed(FindingsCSV.encode(findings))
        #expect(records[1].last == awkward)
        #expect(records.count == 8)
    }

    @Test("refuses a grade with more operating points than columns")
    func tooManyPoints() throws {
        var findings = Fixture.findings
        let points = try #require(findings.rows[0].membership).operatingPoints
        findings.rows[0].membership?.operatingPoints = Array(points.prefix(3)) + Array(points.prefix(3))
        #expect(throws: ReportingError.operatingPoints(row: "vae/lira-online", count: 6)) {
            try FindingsCSV.encode(findings)
        }
    }

    /// A reader of RFC 4180 that knows nothing of the writer.
    private func parsed(_ text: String) -> [[String]] {
        var (records, record, field, isQuoted) = ([[String]](), [String](), "", false)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"":
                isQuoted.toggle()
                field.unicodeScalars.append(scalar)
            case "," where !isQuoted:
                record.append(unquoted(field))
                field = ""
            case "\n" where !isQuoted:
                records.append(record + [unquoted(field)])
                (record, field) = ([], "")
            default: field.unicodeScalars.append(scalar)
            }
        }
        return records
    }

    private func unquoted(_ field: String) -> String {
        let scalars = field.unicodeScalars
        guard scalars.first == "\"" else { return field }
        let inner = String(String.UnicodeScalarView(scalars.dropFirst().dropLast()))
        return inner.replacingOccurrences(of: "\"\"", with: "\"", options: .literal)
    }
}
