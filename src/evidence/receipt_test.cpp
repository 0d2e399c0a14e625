// SPDX-License-Identifier: Apache-2.0
#include "evidence/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents/json.h"
#include "evidence/inspect.h"
#include "evidence/testing/sample_log.h"
#include "sample/issuers.h"

namespace countersign::evidence {
namespace {

using checkpoint::KeyType;
using documents::Receipt;
using testing::HasSubstr;

const Trade& trade() {
  static const Trade made;
  return made;
}

// A log of five entries, of which number 2 is the confirmation of the sample receipt; tests change copies.
struct World {
  World() {
    log.append_others(2);
    receipt = log.confirm();
    log.append_others(2);
    log.prove(receipt, 2);
  }
  SampleLog log{trade()};
  Receipt receipt;
};
const World& world() {
  static const World made;
  return made;
}

Report verify(const Receipt& receipt, const checkpoint::Policy* policy = nullptr) {
  return verify_receipt(documents::write_receipt(receipt), trade().root.certificate, policy, {});
}

bool has_finding(const Report& report, ErrorCode code, std::string_view path) {
  return std::ranges::any_of(
      report.findings, [&](const Finding& finding) { return finding.code == code && finding.path == path; });
}

TEST(VerifyReceipt, ProvesByAPolicyThatTheLogHoldsTheConfirmation) {
  const auto policy = world().log.parsed_policy();
  const Report report = verify(world().receipt, &policy);
  ASSERT_TRUE(report.is_valid()) << write_report_text(report);
  EXPECT_EQ(report.kind, EvidenceKind::kReceipt);
  ASSERT_EQ(report.signatures.size(), 3U);
  const LogStatement& log = report.log.value();
  EXPECT_EQ(log.checkpoint,
            (checkpoint::Checkpoint{std::string(SampleLog::kOrigin), 5, world().log.root(5)}));
  EXPECT_EQ(log.index, 2U);
  EXPECT_TRUE(log.is_included);
  EXPECT_TRUE(log.is_signed);
  EXPECT_EQ(log.key_source, LogKeySource::kPolicy);
  EXPECT_EQ(log.key, world().log.signer.verifier());
  EXPECT_EQ(log.has_quorum, true);
  EXPECT_EQ(log.state, documents::WitnessState::kWitnessed);
  EXPECT_FALSE(log.until);
  ASSERT_EQ(log.witnesses.size(), 2U);
  EXPECT_EQ(log.witnesses[0].name, "first");
  EXPECT_EQ(log.witnesses[1].name, "second");
  for (const auto& witness : log.witnesses) EXPECT_EQ(witness.cosigned, trade().now + Seconds(7));
}

TEST(VerifyReceipt, TakesTheLogsKeyOfTheMapWithoutAPolicyAndSaysThatNobodyAsksForWitnesses) {
  const Report report = verify(world().receipt);
  ASSERT_TRUE(report.is_valid()) << write_report_text(report);
  const LogStatement& log = report.log.value();
  EXPECT_EQ(log.key_source, LogKeySource::kMap);
  EXPECT_FALSE(log.has_quorum);
  ASSERT_EQ(log.witnesses.size(), 1U) << "the map knows one of the two";
  EXPECT_EQ(log.witnesses[0].name, "busan-1.example/witness");
  ASSERT_EQ(report.maps.size(), 1U);
  EXPECT_EQ(report.maps[0].version, 7);
  EXPECT_TRUE(report.maps[0].names_log);
  EXPECT_EQ(log.until, report.maps[0].until);
  const std::string text = write_report_text(report);
  EXPECT_THAT(text,
              testing::StartsWith("VALID: the authority confirmed this transaction, and its public log"));
  EXPECT_THAT(text, HasSubstr("no policy was given"));
  EXPECT_THAT(text, HasSubstr("number 2 of 5"));
}

TEST(VerifyReceipt, NeedsNoMapWhereThereIsAPolicy) {
  Receipt receipt = world().receipt;
  receipt.maps.clear();
  const auto policy = world().log.parsed_policy();
  EXPECT_TRUE(verify(receipt, &policy).is_valid());
  EXPECT_TRUE(has_finding(verify(receipt), ErrorCode::kNotFound, "log.key"));
}

TEST(VerifyReceipt, NeedsNoWitnessWhereThePolicyAsksForNone) {
  Receipt receipt = world().receipt;
  world().log.prove(receipt, 2, {.witnesses = 0});
  receipt.state = documents::WitnessState::kUnwitnessed;
  const auto none = world().log.parsed_policy("none");
  const Report report = verify(receipt, &none);
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  EXPECT_THAT(write_report_text(report), HasSubstr("the policy asks for no witness"));
}

TEST(VerifyReceipt, CountsTheWitnessesAndNotWhatTheReceiptSaysOfThem) {
  Receipt receipt = world().receipt;
  world().log.prove(receipt, 2, {.witnesses = 1});
  const auto both = world().log.parsed_policy();
  const auto first = world().log.parsed_policy("first");
  const auto second = world().log.parsed_policy("second");
  for (const auto state : {documents::WitnessState::kPending, documents::WitnessState::kWitnessed}) {
    receipt.state = state;
    EXPECT_TRUE(verify(receipt, &first).is_valid());
    EXPECT_TRUE(has_finding(verify(receipt, &second), ErrorCode::kNotFound, "log.witnesses"));
    const Report report = verify(receipt, &both);
    EXPECT_TRUE(has_finding(report, ErrorCode::kNotFound, "log.witnesses"));
    EXPECT_EQ(report.log->has_quorum, false);
    EXPECT_TRUE(report.log->witnesses[0].cosigned);
    EXPECT_FALSE(report.log->witnesses[1].cosigned);
    EXPECT_EQ(write_report_text(report).find("ask the authority for a newer one") != std::string::npos,
              state == documents::WitnessState::kPending);
  }
}

TEST(VerifyReceipt, SaysUntilWhenEachStatementCanBeReliedOn) {
  const Report report = verify(world().receipt);
  for (const Signature& signature : report.signatures) {
    ASSERT_TRUE(signature.until) << signature.path;
    EXPECT_EQ(*signature.until, std::min({signature.signer.not_after(), trade().ca.certificate.not_after(),
                                          trade().root.certificate.not_after()}));
  }
  for (const Status& status : report.statuses)
    EXPECT_EQ(status.until,
              std::min(trade().responder.certificate.not_after(), trade().ca.certificate.not_after()));
  ASSERT_EQ(report.maps.size(), 1U);
  EXPECT_EQ(report.maps[0].until, report.maps[0].signer.not_after());
  ASSERT_TRUE(report.until());
  for (const Signature& signature : report.signatures) EXPECT_LE(*report.until(), *signature.until);
  EXPECT_THAT(write_report_text(report), HasSubstr("relied on until " + format_time(*report.until())));
  EXPECT_THAT(write_report_json(report), HasSubstr("\"until\":\"" + format_time(*report.until()) + "\""));
}

TEST(VerifyReceipt, TakesAMapOfAnyRootThatIsTrusted) {
  const Trade other;
  VerifyOptions options;
  options.other_roots = {trade().root.certificate};
  const auto report =
      verify_receipt(documents::write_receipt(world().receipt), other.root.certificate, nullptr, options);
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
}

// --- what is wrong with a receipt

struct BadReceipt {
  std::string name;
  std::function<void(Receipt&)> spoil;
  ErrorCode code;
  std::string path;
  bool by_policy = true;  // else by the map alone
};
class VerifyReceiptRefuses : public testing::TestWithParam<BadReceipt> {};

TEST_P(VerifyReceiptRefuses, ABadReceipt) {
  Receipt receipt = world().receipt;
  GetParam().spoil(receipt);
  const auto policy = world().log.parsed_policy();
  const Report report = verify(receipt, GetParam().by_policy ? &policy : nullptr);
  EXPECT_FALSE(report.is_valid());
  EXPECT_TRUE(has_finding(report, GetParam().code, GetParam().path)) << write_report_text(report);
  EXPECT_THAT(write_report_text(report), testing::StartsWith("NOT VALID: this receipt is not proven"));
}

std::function<void(Receipt&)> proven_with(SampleLog::Changes changes) {
  return [=](Receipt& receipt) { world().log.prove(receipt, 2, changes); };
}

std::vector<BadReceipt> bad_receipts() {
  using checkpoint::Checkpoint;
  using checkpoint::LogProof;
  using checkpoint::Note;
  using enum ErrorCode;
  static const auto stranger = make_note_signer(std::string(SampleLog::kOrigin), KeyType::kEd25519);
  return {
      {"AFlippedBitInTheConfirmation",
       [](Receipt& receipt) {
         const std::string member = "\"index\":";
         receipt.confirmation[to_text(receipt.confirmation).find(member) + member.size()] ^= 1;
       },
       kSignatureInvalid, "confirmation"},
      {"AnotherConfirmation", [](Receipt& receipt) { receipt.confirmation = trade().confirm(); }, kConflict,
       "log.inclusion"},
      {"ARefusal", [](Receipt& receipt) { receipt.confirmation = trade().refuse(Bytes{1}, ""); },
       kUnsupported, "evidence"},
      {"AConfirmationOfBeforeTheLog", [](Receipt& receipt) { receipt.confirmation = trade().confirm(); },
       kNotFound, "confirmation.log"},
      {"AnotherNonce", [](Receipt& receipt) { receipt.nonce[31] ^= 1; }, kConflict, "log.inclusion"},
      {"AnotherIndexInTheProof", proven_with({.proof = [](LogProof& proof) { proof.index = 3; }}), kConflict,
       "log.index"},
      {"AnIndexBeyondTheTree", proven_with({.proof = [](LogProof& proof) { proof.index = 5; }}), kMalformed,
       "log.inclusion"},
      {"TheProofOfAnotherLeaf", [](Receipt& receipt) { world().log.prove(receipt, 1); }, kConflict,
       "log.inclusion"},
      {"AHashLessInTheProof", proven_with({.proof = [](LogProof& proof) { proof.proof.pop_back(); }}),
       kConflict, "log.inclusion"},
      {"ACheckpointOfAnotherTree",
       proven_with({.checkpoint = [](Checkpoint& stated) { stated.root[0] ^= 1; }}), kConflict,
       "log.inclusion"},
      {"ACheckpointOfAnotherLog",
       proven_with({.checkpoint = [](Checkpoint& stated) { stated.origin = "busan-1.example/log"; }}),
       kConflict, "log.origin"},
      {"ALogThatThePolicyDoesNotName",
       proven_with({.checkpoint = [](Checkpoint& stated) { stated.origin = "busan-1.example/log"; }}),
       kNotFound, "log.key"},
      {"ASignatureOfAnotherKey", proven_with({.signer = &stranger}), kSignatureInvalid, "log.signature"},
      {"ASignatureOfAnotherKeyByTheMap", proven_with({.signer = &stranger}), kSignatureInvalid,
       "log.signature", false},
      {"ASpoiltSignatureOfTheLog",
       proven_with({.note = [](Note& note) { note.signatures.front().payload[9] ^= 1; }}), kSignatureInvalid,
       "log.signature"},
      {"NoSignatureOfTheLog",
       proven_with({.note = [](Note& note) { note.signatures.erase(note.signatures.begin()); }}),
       kSignatureInvalid, "log.signature"},
      {"ASpoiltCosignature",
       proven_with({.note = [](Note& note) { note.signatures.back().payload[20] ^= 1; }}), kSignatureInvalid,
       "log.witnesses.second"},
      {"ASpoiltCosignatureAndSoNoQuorum",
       proven_with({.note = [](Note& note) { note.signatures.back().payload[20] ^= 1; }}), kNotFound,
       "log.witnesses"},
      {"ASpoiltCosignatureByTheMap",
       proven_with({.note = [](Note& note) { note.signatures[1].payload[20] ^= 1; }}), kSignatureInvalid,
       "log.witnesses.busan-1.example/witness", false},
      {"ACosignatureOfAnotherTime",
       proven_with({.note = [](Note& note) { note.signatures.back().payload[7] ^= 1; }}), kSignatureInvalid,
       "log.witnesses.second"},
      {"ACosignatureOfBeforeTheDecision",
       proven_with({.cosigned = trade().now - kClockTolerance - Seconds(1)}), kConflict,
       "log.witnesses.first"},
      {"OneWitnessTooFew", proven_with({.witnesses = 1}), kNotFound, "log.witnesses"},
      {"NoWitness", proven_with({.witnesses = 0}), kNotFound, "log.witnesses"},
      {"AMapByAnotherRoot",
       [](Receipt& receipt) {
         static const Trade other;
         static const SampleLog elsewhere(other);
         receipt.maps = {elsewhere.signed_map(elsewhere.map())};
       },
       kCertificateUnknown, "receipt.maps[0]"},
      {"ASpoiltMap",
       [](Receipt& receipt) { receipt.maps[0][to_text(receipt.maps[0]).find("localhost:8080")] ^= 1; },
       kSignatureInvalid, "receipt.maps[0]"},
      {"ASecondMapThatIsNone",
       [](Receipt& receipt) {
         receipt.maps.push_back({0x30, 0x00});
       },
       kMalformed, "receipt.maps[1]"},
      {"AMapThatWasOver",
       proven_with({.map = [](documents::NetworkMap& map) { map.expires = trade().now - Seconds(1); }}),
       kExpired, "receipt.maps[0]"},
      {"AMapThatDoesNotNameTheLog",
       proven_with({.map = [](documents::NetworkMap& map) { map.data_centres.front().log.reset(); }}),
       kNotFound, "log.key", false},
      {"AMapThatNamesAnotherLog",
       proven_with({.map =
                        [](documents::NetworkMap& map) {
                          const auto other = make_note_signer("busan-1.example/log", KeyType::kEd25519);
                          map.data_centres.front().log = documents::MappedLog{
                              "busan-1.example/log", other.verifier(), "http://localhost"};
                        }}),
       kNotFound, "log.key", false},
      {"AMapThatNamesAnotherKey",
       proven_with(
           {.map =
                [](documents::NetworkMap& map) { map.data_centres.front().log->key = stranger.verifier(); }}),
       kSignatureInvalid, "log.signature", false},
      {"AProofThatIsNone", [](Receipt& receipt) { receipt.proof = "c2sp.org/tlog-proof@v2\n"; }, kUnsupported,
       "receipt.proof"},
      {"ATruncatedProof", [](Receipt& receipt) { receipt.proof.resize(receipt.proof.size() - 1); },
       kMalformed, "receipt.proof"},
      {"AnExtensionOfTheCheckpoint",
       proven_with({.proof =
                        [](LogProof& proof) {
                          proof.checkpoint.insert(proof.checkpoint.find("\n\n") + 1, "extension\n");
                        }}),
       kUnsupported, "receipt.proof"},
  };
}
INSTANTIATE_TEST_SUITE_P(Rows, VerifyReceiptRefuses, testing::ValuesIn(bad_receipts()),
                         [](const auto& row) { return row.param.name; });

TEST(VerifyReceipt, FindsAWrongIndexInTheConfirmationItself) {
  SampleLog log(trade());
  log.append_others(1);
  const Receipt receipt = log.confirm([](documents::Confirmation& confirmation) { confirmation.index = 0; });
  const Report report = verify(receipt);
  ASSERT_EQ(report.findings.size(), 1U) << write_report_text(report);
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "log.index"));
}

TEST(VerifyReceipt, FindsAConfirmationThatNamesAnotherLog) {
  SampleLog log(trade());
  const Receipt receipt =
      log.confirm([](documents::Confirmation& confirmation) { confirmation.log = "busan-1.example/log"; });
  const Report report = verify(receipt);
  ASSERT_EQ(report.findings.size(), 1U) << write_report_text(report);
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "log.origin"));
}

TEST(VerifyReceipt, RefusesWhatIsNoReceipt) {
  const Bytes good = documents::write_receipt(world().receipt);
  for (std::size_t size = 0; size < good.size(); size += 97) {
    const Report report = verify_receipt(BytesView(good).first(size), trade().root.certificate, nullptr, {});
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_TRUE(has_finding(report, ErrorCode::kMalformed, "receipt"));
    EXPECT_FALSE(report.is_valid());
  }
  std::string more = to_text(good);
  more.insert(more.size() - 1, R"(,"surprise":1)");
  const Report report = verify_receipt(as_bytes(more), trade().root.certificate, nullptr, {});
  EXPECT_TRUE(has_finding(report, ErrorCode::kMalformed, "receipt"));
  EXPECT_THAT(report.findings.front().detail, HasSubstr("surprise"));
  const Report bare = verify_receipt(world().receipt.confirmation, trade().root.certificate, nullptr, {});
  EXPECT_TRUE(has_finding(bare, ErrorCode::kMalformed, "receipt"));
  const Report large =
      verify_receipt(Bytes(documents::kMaxReceipt + 1, ' '), trade().root.certificate, nullptr, {});
  EXPECT_TRUE(has_finding(large, ErrorCode::kTooLarge, "receipt"));
}

// But for what a receipt says without any proof: what its witnesses' state is, and the extra of a proof.
TEST(VerifyReceipt, FindsEveryFlippedBitOfTheConfirmationTheNonceAndTheProof) {
  const auto policy = world().log.parsed_policy();
  const Bytes good = documents::write_receipt(world().receipt);
  const std::size_t maps = to_text(good).find("\"maps\"");
  for (std::size_t i = 0; i < maps; i += 41) {
    Bytes flipped = good;
    flipped[i] ^= 0x04;
    EXPECT_FALSE(verify_receipt(flipped, trade().root.certificate, &policy, {}).is_valid()) << "octet " << i;
  }
}

TEST(VerifyReceipt, ProvesNothingUnderAnotherRoot) {
  const Trade other;
  const auto policy = world().log.parsed_policy();
  const auto report =
      verify_receipt(documents::write_receipt(world().receipt), other.root.certificate, &policy, {});
  EXPECT_FALSE(report.is_valid());
  EXPECT_TRUE(has_finding(report, ErrorCode::kCertificateUnknown, "receipt.maps[0]"));
  EXPECT_TRUE(report.log->is_signed) << "which the policy says, and no root";
}

TEST(IsReceipt, TellsAReceiptFromWhatIsSigned) {
  EXPECT_TRUE(is_receipt(documents::write_receipt(world().receipt)));
  EXPECT_TRUE(is_receipt(as_bytes(" \n{")));
  EXPECT_FALSE(is_receipt(world().receipt.confirmation));
  EXPECT_FALSE(is_receipt({}));
}

TEST(WriteReport, SaysOfAReceiptWhatTheLogAndItsWitnessesSay) {
  const auto policy = world().log.parsed_policy();
  const Report report = verify(world().receipt, &policy);
  const std::string text = write_report_text(report);
  EXPECT_THAT(text, testing::StartsWith("VALID: the authority confirmed this transaction, and its public log "
                                        "holds it, as 2 witnesses of the policy saw\n"));
  EXPECT_THAT(text, HasSubstr("log seoul-1.example/log, number 2 of 5\n"));
  EXPECT_THAT(text, HasSubstr("witnessed by second, " + format_time(trade().now + Seconds(7))));
  EXPECT_THAT(text, HasSubstr("network map 7 signed by"));
  const auto json = documents::parse_json(as_bytes(write_report_json(report))).value();
  EXPECT_EQ(json.at("kind"), "receipt");
  EXPECT_EQ(json.at("confirmation").at("log"), "seoul-1.example/log");
  const auto& log = json.at("log");
  EXPECT_EQ(log.at("origin"), "seoul-1.example/log");
  EXPECT_EQ(log.at("index"), 2);
  EXPECT_EQ(log.at("size"), 5);
  EXPECT_EQ(log.at("keyFrom"), "policy");
  EXPECT_EQ(log.at("quorum"), true);
  EXPECT_EQ(log.at("witnesses").at(0).at("name"), "first");
  EXPECT_EQ(json.at("maps").at(0).at("mapVersion"), 7);

  const auto by_map = documents::parse_json(as_bytes(write_report_json(verify(world().receipt)))).value();
  EXPECT_EQ(by_map.at("log").at("keyFrom"), "map");
  EXPECT_TRUE(by_map.at("log").at("quorum").is_null());
}

TEST(Inspect, ShowsWhatIsInsideOfAReceipt) {
  const auto tree = take(inspect(documents::write_receipt(world().receipt)));
  EXPECT_EQ(tree.at("kind"), "receipt");
  EXPECT_EQ(tree.at("confirmation").at("content").at("document").at("log"), "seoul-1.example/log");
  EXPECT_EQ(tree.at("proof").at(0), "c2sp.org/tlog-proof@v1");
  EXPECT_EQ(tree.at("maps").at(0).at("content").at("document").at("type"), "network-map");
  const auto order =
      tree.at("confirmation").at("content").at("document").at("countersignedOrder").at("content");
  EXPECT_EQ(order.at("content").at("document").at("type"), "order");
}

}  // namespace
}  // namespace countersign::evidence
