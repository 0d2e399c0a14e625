// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/known_statuses.h"

#include <gtest/gtest.h>

#include "authority/testing/test_network.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

using x509::RevocationReason;
using x509::StatusKind;

const TestNetwork& network() {
  static const TestNetwork made(ManualClock().now());
  return made;
}

std::shared_ptr<const ForeignParty> party(std::string_view uid) {
  x509::Certificate certificate = network().issue_purchaser(uid, ManualClock().now()).certificate;
  return std::make_shared<const ForeignParty>(ForeignParty{
      std::move(certificate), x509::Role::kPurchaser, {}, {}, nullptr, {}, network().ca.certificate});
}

struct KnownStatusesOfAHome : testing::Test {
  // What the home answered to a question that was sent after so many changes.
  std::shared_ptr<const ForeignStatus> answer(std::int64_t sequence, StatusKind kind = StatusKind::kGood,
                                              const std::shared_ptr<const ForeignParty>& about = holder()) {
    ForeignStatus status{.response = std::make_shared<const Bytes>(),
                         .answer = {{}, {kind, {}, {}}, {}, {}},
                         .asked = {},
                         .asked_at = BootMoment(std::chrono::milliseconds(++asked)),
                         .mark = {1, sequence},
                         .party = about};
    return std::make_shared<const ForeignStatus>(std::move(status));
  }
  void tell(std::int64_t sequence, StatusKind kind,
            RevocationReason reason = RevocationReason::kKeyCompromise,
            const x509::SerialNumber& serial = holder()->certificate.serial()) {
    known.note({sequence, serial, kind, reason, {}});
  }
  void tell_of_another(std::int64_t sequence) {
    tell(sequence, StatusKind::kRevoked, RevocationReason::kKeyCompromise, x509::SerialNumber::random());
  }
  KnownStatuses::Known find() { return known.find(serial()); }

  static const std::shared_ptr<const ForeignParty>& holder() {
    static const auto made = party("0001");
    return made;
  }
  static const x509::SerialNumber& serial() { return holder()->certificate.serial(); }

  KnownStatuses known{4};
  int asked = 0;
};

TEST_F(KnownStatusesOfAHome, BeginWithAnAnswerOfTheHome) {
  EXPECT_EQ(find().status, nullptr);
  tell(1, StatusKind::kRevoked);
  EXPECT_EQ(find().status, nullptr) << "a change alone is no evidence";
  const auto status = answer(1);
  known.learn(status);
  EXPECT_EQ(find().status, status);
  EXPECT_FALSE(find().change);
}

TEST_F(KnownStatusesOfAHome, ChangeWithTheFeed) {
  known.learn(answer(0));
  tell_of_another(1);
  EXPECT_FALSE(find().change);
  tell(2, StatusKind::kRevoked);
  EXPECT_EQ(find().change->sequence, 2);
}

TEST_F(KnownStatusesOfAHome, AreNotTakenBackByAnAnswerThatWasAskedForBefore) {
  tell(1, StatusKind::kRevoked);
  known.learn(answer(0));
  EXPECT_EQ(find().change->sequence, 1);
}

TEST_F(KnownStatusesOfAHome, AreAskedForAnewOnceTheFeedSaysGoodAgain) {
  known.learn(answer(0, StatusKind::kRevoked));
  tell(1, StatusKind::kGood);
  EXPECT_EQ(find().status, nullptr);
  known.learn(answer(0));
  EXPECT_EQ(find().status, nullptr) << "an answer of before the change";
  known.learn(answer(1));
  EXPECT_NE(find().status, nullptr);
}

TEST_F(KnownStatusesOfAHome, AreNotReplacedByAnOlderAnswer) {
  const auto older = answer(0);
  const auto newer = answer(0, StatusKind::kRevoked);
  known.learn(newer);
  known.learn(older);
  EXPECT_EQ(find().status, newer);
}

TEST_F(KnownStatusesOfAHome, LeaveOutWhatTheHomeDoesNotKnow) {
  known.learn(answer(0, StatusKind::kUnknown));
  EXPECT_EQ(find().status, nullptr) << "the feed tells of no certificate that is issued";
}

TEST_F(KnownStatusesOfAHome, AreOverOnceTheHomeDoesNotKnowTheCertificateAnyMore) {
  known.learn(answer(0));
  const auto between = answer(0);
  known.learn(answer(0, StatusKind::kUnknown));
  EXPECT_EQ(find().status, nullptr);
  known.learn(between);
  EXPECT_EQ(find().status, nullptr) << "it was asked for before";
  const auto later = answer(0);
  known.learn(later);
  EXPECT_EQ(find().status, later);
}

TEST_F(KnownStatusesOfAHome, AreNotOverByAnUnknownThatWasAskedForBefore) {
  const auto unknown = answer(0, StatusKind::kUnknown);
  const auto good = answer(0);
  known.learn(good);
  known.learn(unknown);
  EXPECT_EQ(find().status, good);
}

TEST_F(KnownStatusesOfAHome, TakeNoAnswerThatChangesWhichAreForgottenMayHaveFollowed) {
  for (std::int64_t sequence = 1; sequence <= 5; ++sequence) tell_of_another(sequence);
  EXPECT_FALSE(known.remembers(0));
  EXPECT_TRUE(known.remembers(1));
  known.learn(answer(0));
  EXPECT_EQ(find().status, nullptr);
  known.learn(answer(1));
  EXPECT_NE(find().status, nullptr);
}

TEST_F(KnownStatusesOfAHome, TakeNoAnswerOfBeforeTheFirstChangeThatWasTold) {
  tell_of_another(8);
  EXPECT_FALSE(known.remembers(6));
  EXPECT_TRUE(known.remembers(7));
}

TEST_F(KnownStatusesOfAHome, AreBounded) {
  for (int i = 0; i < 6; ++i) known.learn(answer(0, StatusKind::kGood, party("1" + std::to_string(i))));
  EXPECT_EQ(known.size(), 4U);
}

TEST_F(KnownStatusesOfAHome, FindTheNewestOfSeveralChangesAndForgetAllOfThem) {
  tell(1, StatusKind::kRevoked, RevocationReason::kCertificateHold);
  tell(2, StatusKind::kGood);
  EXPECT_EQ(known.change_after(serial(), 0)->sequence, 2);
  EXPECT_EQ(known.change_after(serial(), 1)->sequence, 2);
  EXPECT_FALSE(known.change_after(serial(), 2));
  known.learn(answer(2));
  known.forget();
  EXPECT_EQ(known.size(), 0U);
  EXPECT_FALSE(known.change_after(serial(), 0));
}

}  // namespace
}  // namespace countersign::authority
