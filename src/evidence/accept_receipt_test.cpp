// SPDX-License-Identifier: Apache-2.0
#include "evidence/accept_receipt.h"

#include <gtest/gtest.h>

#include "evidence/receipt.h"
#include "evidence/testing/sample_log.h"
#include "x509/test_network.h"

namespace countersign::evidence {
namespace {

using documents::Receipt;
using documents::WitnessState;
using x509::code_of;

const Trade& trade() {
  static const Trade made;
  return made;
}

struct AcceptReceipt : testing::Test {
  AcceptReceipt() {
    log.append_others(2);
    receipt = log.confirm();
    log.append_others(1);
    log.prove(receipt, 2);
  }
  Result<AcceptedReceipt> accept(const Receipt& given, const documents::NetworkMap* by) const {
    return accept_receipt(documents::write_receipt(given), receipt.confirmation, *trade().anchor, by);
  }
  Receipt proven(const SampleLog::Changes& changes) const {
    Receipt changed = receipt;
    log.prove(changed, 2, changes);
    return changed;
  }

  SampleLog log{trade()};
  Receipt receipt;
  documents::NetworkMap map = log.map();
};

TEST_F(AcceptReceipt, TakesOneThatProvesTheConfirmationUnderTheLogOfTheMap) {
  const auto accepted = accept(receipt, &map);
  ASSERT_TRUE(accepted) << accepted.error().detail;
  EXPECT_TRUE(accepted.value().is_key_known);
  EXPECT_EQ(accepted.value().size, 4U);
  EXPECT_EQ(accepted.value().cosigned, 1U) << "the map knows one of the two";
  EXPECT_TRUE(accepted.value().is_witnessed());
}

TEST_F(AcceptReceipt, TakesAMapOfAnyNumberOfWitnesses) {
  const documents::MappedDataCentre centre = map.data_centres.back();
  for (int i = 0; i < 300; ++i) {
    documents::MappedDataCentre other = centre;
    other.name =
        take(x509::Name::from_text("OU=data-centre-" + std::to_string(i) + ",OU=kr,O=Countersign Demo"));
    const std::string name = "data-centre-" + std::to_string(i) + ".example/witness";
    other.witness->key = make_note_signer(name, checkpoint::KeyType::kCosignature).verifier();
    map.data_centres.push_back(std::move(other));
  }
  map.data_centres.back().witness->key = log.witnesses.back().verifier();
  const auto accepted = accept(receipt, &map);
  ASSERT_TRUE(accepted) << accepted.error().detail;
  EXPECT_EQ(accepted.value().cosigned, 2U);
}

TEST_F(AcceptReceipt, DoesNotCallWitnessedWhatTheLogsOwnDataCentreHasCosigned) {
  std::swap(map.data_centres.front().witness, map.data_centres.back().witness);
  const auto accepted = take(accept(receipt, &map));
  EXPECT_EQ(accepted.cosigned, 0U);
  EXPECT_FALSE(accepted.is_witnessed());
  const auto own = proven({.map = [&](documents::NetworkMap& changed) { changed = map; }});
  const Report report =
      verify_receipt(documents::write_receipt(own), trade().root.certificate, nullptr, VerifyOptions());
  EXPECT_NE(write_report_text(report).find("which the log's own data centre runs"), std::string::npos);
}

TEST_F(AcceptReceipt, DoesNotCallWitnessedWhatNobodyKnownHasCosigned) {
  auto unsigned_by_witnesses = proven({.witnesses = 0});
  unsigned_by_witnesses.state = WitnessState::kWitnessed;
  EXPECT_FALSE(take(accept(unsigned_by_witnesses, &map)).is_witnessed());
  auto pending = receipt;
  pending.state = WitnessState::kPending;
  EXPECT_FALSE(take(accept(pending, &map)).is_witnessed());
}

TEST_F(AcceptReceipt, RefusesTheReceiptOfAnotherConfirmation) {
  SampleLog same = log;
  EXPECT_EQ(code_of(accept(same.confirm(), &map)), ErrorCode::kConflict);
}

TEST_F(AcceptReceipt, RefusesAProofOfAnotherIndex) {
  const auto moved = proven({.proof = [](checkpoint::LogProof& proof) { proof.index = 1; }});
  const auto refused = accept(moved, &map);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(refused.error().detail.starts_with("log.index")) << refused.error().detail;
}

TEST_F(AcceptReceipt, RefusesTheCheckpointOfAnotherOrigin) {
  const auto elsewhere =
      proven({.checkpoint = [](checkpoint::Checkpoint& stated) { stated.origin = "tokyo-1.example/log"; }});
  const auto refused = accept(elsewhere, &map);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(refused.error().detail.starts_with("log.origin")) << refused.error().detail;
}

TEST_F(AcceptReceipt, RefusesAnotherNonce) {
  auto forged = receipt;
  forged.nonce[0] ^= 1;
  EXPECT_EQ(code_of(accept(forged, &map)), ErrorCode::kConflict);
}

TEST_F(AcceptReceipt, RefusesACheckpointThatTheLogOfTheMapInForceHasNotSigned) {
  const auto forger = make_note_signer(std::string(SampleLog::kOrigin), checkpoint::KeyType::kEd25519);
  const auto of_forger = [&](documents::NetworkMap& changed) {
    changed.data_centres.front().log->key = forger.verifier();
  };
  // Also with a map of before or after that names the forger's key: the one in force counts.
  const auto forged = proven({.map = of_forger, .signer = &forger});
  EXPECT_EQ(code_of(accept(forged, &map)), ErrorCode::kSignatureInvalid);
  EXPECT_TRUE(accept(forged, nullptr)) << "by the map inside it is in order";
}

TEST_F(AcceptReceipt, RefusesACosignatureThatIsNoneOfTheWitness) {
  const auto forged =
      proven({.note = [](checkpoint::Note& note) { note.signatures.at(1).payload[20] ^= 1; }});
  EXPECT_EQ(code_of(accept(forged, &map)), ErrorCode::kSignatureInvalid);
}

TEST_F(AcceptReceipt, TakesTheKeyOfTheReceiptsMapWhereTheGatewayKnowsNone) {
  EXPECT_TRUE(take(accept(receipt, nullptr)).is_key_known);
  map.data_centres.front().log.reset();
  EXPECT_TRUE(take(accept(receipt, &map)).is_key_known);
}

TEST_F(AcceptReceipt, LeavesTheKeyOpenOnlyWhereNobodyCouldKnowIt) {
  auto without_map = receipt;
  without_map.maps.clear();
  EXPECT_TRUE(take(accept(without_map, &map)).is_key_known);
  const auto open = take(accept(without_map, nullptr));
  EXPECT_FALSE(open.is_key_known);
  EXPECT_FALSE(open.is_witnessed());
  // A map that names another log of that data centre does not leave it open.
  map.data_centres.front().log->origin = "seoul-1.example/log-2";
  EXPECT_EQ(code_of(accept(without_map, &map)), ErrorCode::kNotFound);
}

TEST(AcceptedReceipt, TakesThePlaceOfOneThatProvesNoMoreAndIsNotWitnessed) {
  struct Case {
    const char* name;
    AcceptedReceipt had, newer;
    bool proves_no_less, may_replace;
  };
  constexpr auto kPending = WitnessState::kPending;
  constexpr auto kWitnessed = WitnessState::kWitnessed;
  const Case cases[] = {
      {"the same", {kPending, 4, 0, true}, {kPending, 4, 0, true}, true, true},
      {"of a larger tree", {kPending, 4, 0, true}, {kPending, 5, 0, true}, true, true},
      {"of a smaller one", {kPending, 5, 0, true}, {kWitnessed, 4, 2, true}, false, false},
      {"with a cosignature", {kPending, 4, 0, true}, {kWitnessed, 4, 1, true}, true, true},
      {"larger, with one fewer", {kPending, 4, 1, true}, {kPending, 9, 0, true}, false, false},
      {"of nobody's log", {kPending, 4, 0, true}, {kPending, 99, 0, false}, false, false},
      {"of a known log", {kPending, 99, 0, false}, {kPending, 4, 0, true}, true, true},
      {"both of nobody's", {kPending, 4, 0, false}, {kPending, 5, 0, false}, true, true},
      {"after a witnessed one", {kWitnessed, 4, 1, true}, {kWitnessed, 9, 2, true}, true, false}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(one.newer.proves_no_less_than(one.had), one.proves_no_less);
    EXPECT_EQ(one.newer.may_replace(one.had), one.may_replace);
  }
}

TEST_F(AcceptReceipt, RefusesWhatIsNoReceipt) {
  EXPECT_EQ(code_of(accept_receipt(as_bytes("{}"), receipt.confirmation, *trade().anchor, &map)),
            ErrorCode::kMalformed);
  EXPECT_FALSE(accept_receipt(receipt.confirmation, receipt.confirmation, *trade().anchor, &map));
}

TEST_F(AcceptReceipt, RefusesAReceiptOfAConfirmationThatNamesNoLog) {
  SampleLog other = log;
  const Receipt unnamed = other.confirm([](documents::Confirmation& said) { said.log.reset(); });
  EXPECT_EQ(
      code_of(accept_receipt(documents::write_receipt(unnamed), unnamed.confirmation, *trade().anchor, &map)),
      ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::evidence
