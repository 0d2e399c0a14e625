// SPDX-License-Identifier: Apache-2.0
#include "evidence/stamps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evidence/receipt.h"
#include "evidence/report_stamps.h"
#include "evidence/testing/sample_log.h"
#include "sample/issuers.h"
#include "x509/der_tree.h"
#include "x509/time_stamp.h"

namespace countersign::evidence {
namespace {

using crypto::HashAlgorithm;
using documents::Stamp;
using documents::StampCoverage;
using documents::StampedEvidence;
using std::chrono::days;
using testing::HasSubstr;

const Trade& trade() {
  static const Trade made;
  return made;
}

TimePoint day(int number) {
  return trade().now + days(number);
}

// A time-stamper that the CA certified on that day, for five years or as long as the CA.
x509::Signer stamper_of(const x509::Issuer& ca, TimePoint from) {
  const auto holder = sample::issue(
      ca, x509::Role::kTimeStamper,
      take(x509::Name::from_text("CN=Time-Stamp Signer,OU=authority," + std::string(Trade::kDataCentre))),
      from);
  return {holder.certificate, holder.key, {ca.certificate}};
}

// A receipt of day 0, and the time-stampers of ten years: the data centre's, its next one, and that of a CA
// that the root certified before the first CA ended.
struct World {
  World() {
    log.append_others(2);
    receipt = documents::write_receipt(log.confirm());
    evidence = take(stamped_evidence(receipt));
  }
  SampleLog log{trade()};
  Bytes receipt;
  StampedEvidence evidence;
  x509::Signer first = stamper_of(trade().ca, day(0));
  x509::Signer second = stamper_of(trade().ca, day(1600));
  x509::Issuer next_ca =
      sample::make_ca(trade().root, {trade().data_centre, {"shop.example"}, {}, {"127.0.0.0/8"}}, day(3300));
  x509::Signer third = stamper_of(next_ca, day(3300));
};
const World& world() {
  static const World made;
  return made;
}

Bytes token(const x509::Signer& signer, TimePoint at, HashAlgorithm hash, std::string_view covered) {
  const Bytes digest = crypto::hash(hash, as_bytes(covered));
  x509::DerTree asked = x509::DerTree::read(take(x509::make_time_stamp_request(hash, digest, {})));
  x509::TimeStampRequest request;
  request.imprint = asked[1].write();
  request.wants_certificates = true;
  const x509::CmsSigner prepared = take(x509::CmsSigner::create(signer));
  const x509::TimeStampGrant grant{x509::SerialNumber::random(), at, Seconds(1)};
  return take(x509::read_time_stamp_response(take(x509::make_time_stamp_response(prepared, request, grant))));
}

// Stamps under way, each over all before it.
struct Chain {
  Chain& add(const x509::Signer& signer, TimePoint at, StampCoverage covers = StampCoverage::kReceipt,
             HashAlgorithm hash = HashAlgorithm::kSha256) {
    const std::string covered = documents::covered_by(covers, hash, evidence, stamps);
    stamps.push_back({covers, hash, token(signer, at, hash, covered)});
    return *this;
  }
  StampedEvidence evidence = world().evidence;
  std::vector<Stamp> stamps = {};
};

Chain renewed_in_time() {
  return Chain()
      .add(world().first, day(1))
      .add(world().second, day(1700), StampCoverage::kReceipt, HashAlgorithm::kSha512)
      .add(world().third, day(3400));
}

AgeOptions age(TimePoint now, std::string_view algorithms = {}) {
  return {now, take(AlgorithmPolicy::parse(algorithms)), {{trade().root.certificate}, {}}};
}

// Of the world's receipt by its policy; nullptr: without stamps.
Report judge(const std::vector<Stamp>* stamps, const AgeOptions& options) {
  const auto policy = world().log.parsed_policy();
  Report report = verify_receipt(world().receipt, trade().root.certificate, &policy, {});
  judge_age(report, world().receipt, stamps, options);
  return report;
}
Report judge(const Chain& chain, TimePoint now) {
  return judge(&chain.stamps, age(now));
}

bool has_finding(const std::vector<Finding>& findings, ErrorCode code, std::string_view path,
                 std::string_view words = {}) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.code == code && finding.path == path && finding.detail.find(words) != std::string::npos;
  });
}
bool has_finding(const Report& report, ErrorCode code, std::string_view path, std::string_view words = {}) {
  return has_finding(report.findings, code, path, words);
}

TEST(Stamps, RenewedInTimeKeepAReceiptGoodTenYearsOn) {
  const Report report = judge(renewed_in_time(), day(3653));
  ASSERT_TRUE(report.is_valid()) << write_report_text(report);
  ASSERT_TRUE(report.stamps && report.until());
  EXPECT_LT(*report.until(), day(3653)) << "every certificate of the receipt has ended";
  EXPECT_EQ(report.stamps->shown, day(1) + Seconds(1));
  EXPECT_EQ(report.stamps->until, world().third.certificate.not_after());
  ASSERT_EQ(report.stamps->stamps.size(), 3U);
  for (const StampStatement& stamp : report.stamps->stamps) EXPECT_TRUE(stamp.counts);
  EXPECT_EQ(report.stamps->stamps[0].end, world().first.certificate.not_after());
  const std::string text = write_report_text(report);
  EXPECT_THAT(text, HasSubstr("the stamps show that it was there by 2026-11-19"));
  EXPECT_THAT(text, HasSubstr("renew them before that"));
  EXPECT_THAT(write_report_json(report), HasSubstr(R"("shown":"2026-11-19T)"));
}

TEST(Stamps, NotRenewedSayWhatIsMissing) {
  const Chain chain = Chain().add(world().first, day(1));
  EXPECT_TRUE(judge(chain, day(1800)).is_valid());
  const Report report = judge(chain, day(3653));
  EXPECT_FALSE(report.is_valid());
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "stamps[0]", "it was not renewed"));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "confirmation", "no stamp that counts"));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "confirmation.countersignedOrder"));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "confirmation.merchant.ocsp"));
  EXPECT_FALSE(report.stamps->shown);
  EXPECT_THAT(write_report_text(report), HasSubstr("no stamp counts: they show nothing"));
}

TEST(Stamps, RenewedTooLateShowNothingOfTheTimeBefore) {
  const Chain chain = Chain().add(world().first, day(1)).add(world().second, day(1900));
  const Report report = judge(chain, day(2000));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "stamps[0]", "renewed only at"));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "confirmation",
                          "the earliest stamp over it that counts is of"));
  ASSERT_TRUE(report.stamps->shown);
  EXPECT_EQ(report.stamps->shown, day(1900) + Seconds(1));
  EXPECT_FALSE(report.stamps->stamps[0].counts);
}

TEST(Stamps, WithAGapDoNoHarmWhileTheReceiptHoldsByItself) {
  const Chain chain = Chain()
                          .add(world().first, day(1), StampCoverage::kReceipt, HashAlgorithm::kSha384)
                          .add(world().first, day(10));
  const Report report = judge(&chain.stamps, age(day(20), "sunset sha-384 2026-11-23T00:00:00Z\n"));
  EXPECT_TRUE(report.is_valid()) << write_report_text(report);
  EXPECT_FALSE(report.stamps->stamps[0].counts);
  EXPECT_EQ(report.stamps->shown, day(10) + Seconds(1));
  EXPECT_THAT(write_report_text(report), HasSubstr("DOES NOT COUNT any more"));
}

TEST(Stamps, ALaterOneThatEndsEarlierTakesNothingAway) {
  const Chain chain = Chain().add(world().second, day(1700)).add(world().first, day(1750));
  const auto judged = judge_stamps(chain.evidence, chain.stamps, age(day(2000)));
  ASSERT_TRUE(judged.findings.empty());
  EXPECT_EQ(judged.statement.until, world().second.certificate.not_after());
  EXPECT_EQ(judged.statement.shown, day(1700) + Seconds(1));
}

TEST(Stamps, OneThatEndedBetweenThemKeepsNoneFromBeingRenewed) {
  Chain chain = Chain()
                    .add(world().first, day(1))
                    .add(world().first, day(10), StampCoverage::kReceipt, HashAlgorithm::kSha384);
  chain.add(world().second, day(1700));
  const auto judged =
      judge_stamps(chain.evidence, chain.stamps, age(day(2000), "sunset sha-384 2027-01-01T00:00:00Z\n"));
  ASSERT_TRUE(judged.findings.empty());
  EXPECT_FALSE(judged.statement.stamps[1].counts);
  EXPECT_EQ(judged.statement.shown, day(1) + Seconds(1));
  EXPECT_EQ(judged.statement.until, world().second.certificate.not_after());
}

TEST(Stamps, OutOfOrderAreRefused) {
  Chain chain = renewed_in_time();
  std::swap(chain.stamps[0], chain.stamps[1]);
  const Report report = judge(chain, day(3653));
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "stamps[0]", "in this order"));
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "stamps[1]", "in this order"));
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "stamps[2]", "in this order"));
  EXPECT_FALSE(report.stamps->shown);
}

TEST(Stamps, OfWhichOneWasTakenOutAreRefused) {
  Chain chain = renewed_in_time();
  chain.stamps.erase(chain.stamps.begin() + 1);
  EXPECT_TRUE(has_finding(judge(chain, day(3653)), ErrorCode::kConflict, "stamps[1]", "something else"));
}

TEST(Stamps, OverAnotherReceiptOrCheckpointAreRefused) {
  Chain chain;
  chain.evidence.checkpoint += " ";
  chain.add(world().first, day(1));
  EXPECT_TRUE(has_finding(judge(chain, day(2)), ErrorCode::kConflict, "stamps[0]", "something else"));
  Chain other;
  other.evidence.receipt.push_back('\n');
  other.add(world().first, day(1));
  EXPECT_TRUE(has_finding(judge(other, day(2)), ErrorCode::kConflict, "stamps[0]", "something else"));
}

TEST(Stamps, OfAnAuthorityThatIsNotTrustedAreRefusedByName) {
  const auto root = sample::make_root(day(0));
  const auto ca = sample::make_ca(root, {trade().data_centre, {"shop.example"}, {}, {"127.0.0.0/8"}}, day(0));
  const Chain chain = Chain().add(stamper_of(ca, day(0)), day(1));
  EXPECT_TRUE(has_finding(judge(chain, day(2)), ErrorCode::kCertificateUnknown, "stamps[0]"));
  AgeOptions trusting = age(day(2));
  trusting.authorities.other_roots.push_back(root.certificate.der());
  EXPECT_TRUE(judge(&chain.stamps, trusting).is_valid());
  const Chain confirmer = Chain().add(trade().confirmer, day(1));
  EXPECT_TRUE(has_finding(judge(confirmer, day(2)), ErrorCode::kWrongRole, "stamps[0]"));
}

TEST(Stamps, OfTimesThatCannotBeAreRefused) {
  const Chain future = Chain().add(world().first, day(3));
  EXPECT_TRUE(has_finding(judge(future, day(2)), ErrorCode::kNotYetValid, "stamps[0].time"));
  EXPECT_TRUE(has_finding(judge(future, day(3) - Seconds(61)), ErrorCode::kNotYetValid, "stamps[0].time"));
  EXPECT_TRUE(judge(future, day(3) - Seconds(60)).is_valid()) << "clocks may differ";
  const Chain back = Chain().add(world().first, day(3)).add(world().first, day(2));
  EXPECT_TRUE(has_finding(judge(back, day(4)), ErrorCode::kConflict, "stamps[1].time"));
  const Chain before =
      Chain().add(stamper_of(trade().ca, day(0) - std::chrono::hours(1)), day(0) - std::chrono::minutes(30));
  EXPECT_TRUE(has_finding(judge(before, day(2)), ErrorCode::kConflict, "stamps", "before it was decided"));
}

TEST(Stamps, MadeAfterACertificateOfTheReceiptHadEndedNameIt) {
  const TimePoint end = trade().merchant.certificate.not_after();
  const Chain chain = Chain().add(world().first, end + days(1));
  const Report report = judge(chain, end + days(2));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "confirmation.countersignedOrder",
                          "its certificates were good until"));
  EXPECT_FALSE(has_finding(report, ErrorCode::kExpired, "confirmation")) << "the confirmation's hold longer";
  EXPECT_FALSE(has_finding(report, ErrorCode::kExpired, "stamps[0]")) << "the stamp is good, and too late";
}

TEST(Stamps, CarryAReceiptOverTheEndOfItsAlgorithms) {
  const std::string sunset = "sunset ed25519 2028-01-01T00:00:00Z\n";
  const Chain chain = Chain().add(world().first, day(1));
  EXPECT_TRUE(judge(&chain.stamps, age(day(1000), sunset)).is_valid());
  const Report without = judge(nullptr, age(day(1000), sunset));
  EXPECT_TRUE(has_finding(without, ErrorCode::kExpired, "log", "ed25519 is trusted until 2028-01-01"));
  EXPECT_TRUE(judge(nullptr, age(day(100), sunset)).is_valid());
}

TEST(Stamps, CountNoLongerThanTheirOwnAlgorithms) {
  const std::string sunset = "sunset sha-256 2030-01-01T00:00:00Z\n";
  const Chain chain = renewed_in_time();
  const std::vector<Stamp> first(chain.stamps.begin(), chain.stamps.begin() + 1);
  EXPECT_TRUE(judge(&first, age(day(1000), sunset)).is_valid());
  const Report report = judge(&chain.stamps, age(day(3653), sunset));
  EXPECT_FALSE(report.is_valid()) << "all three rest on it";
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "stamps[0]"));
  EXPECT_TRUE(has_finding(report, ErrorCode::kExpired, "stamps[2]"));
}

TEST(Stamps, AreNotAskedForAndTheEndIsToldInWords) {
  const Report report = judge(nullptr, age(day(3653)));
  EXPECT_TRUE(report.is_valid()) << "as of its decision";
  EXPECT_THAT(write_report_text(report), HasSubstr("that time is over, and no stamp was given"));
  EXPECT_THAT(write_report_text(judge(nullptr, age(day(1)))), testing::Not(HasSubstr("that time is over")));
}

TEST(Stamps, OverTheCheckpointAloneLeadToTheReceiptByTheTree) {
  const Chain chain = Chain().add(world().first, day(1), StampCoverage::kCheckpoint);
  EXPECT_TRUE(judge(chain, day(1000)).is_valid());
  const StampedEvidence checkpoint{world().evidence.checkpoint, {}};
  const auto alone = judge_stamps(checkpoint, chain.stamps, age(day(1000)));
  EXPECT_TRUE(alone.findings.empty());
  EXPECT_EQ(alone.statement.shown, day(1) + Seconds(1));
  const Chain whole = Chain().add(world().first, day(1));
  EXPECT_TRUE(has_finding(judge_stamps(checkpoint, whole.stamps, age(day(2))).findings, ErrorCode::kConflict,
                          "stamps[0]", "this is a checkpoint"));
}

TEST(Stamps, OverTheCheckpointAloneDoNotRenewOneOverTheReceipt) {
  Chain chain = Chain()
                    .add(world().first, day(1))
                    .add(world().first, day(10), StampCoverage::kCheckpoint, HashAlgorithm::kSha512);
  const Report report = judge(chain, day(20));
  EXPECT_TRUE(has_finding(report, ErrorCode::kConflict, "stamps[1]", "leaves out the receipt"));
  EXPECT_FALSE(report.stamps->shown);
  chain.add(world().first, day(15));
  EXPECT_TRUE(has_finding(judge(chain, day(20)), ErrorCode::kConflict, "stamps[1]"));
}

// Without a policy a map in the receipt says which key is the log's, and no tree leads to that.
TEST(Stamps, OverTheCheckpointAloneDoNotShowTheMapThatNamesTheLogsKey) {
  const TimePoint end = trade().root.certificate.not_after();
  const auto judge_by_map = [&](const Chain& chain, TimePoint now, std::string_view algorithms = {}) {
    Report report = verify_receipt(world().receipt, trade().root.certificate, nullptr, {});
    judge_age(report, world().receipt, &chain.stamps, age(now, algorithms));
    return report;
  };
  const Chain checkpoint = Chain().add(world().first, day(1), StampCoverage::kCheckpoint);
  const Report young = judge_by_map(checkpoint, day(20));
  ASSERT_TRUE(young.is_valid()) << write_report_text(young);
  ASSERT_LT(*young.log->until, end);
  EXPECT_EQ(young.stamps->until, std::min(*young.log->until, world().first.certificate.not_after()));
  const std::string sunset = "sunset ed25519 2028-01-01T00:00:00Z\n";
  EXPECT_TRUE(judge(&checkpoint.stamps, age(day(1000), sunset)).is_valid()) << "the policy names the key";
  EXPECT_TRUE(has_finding(judge_by_map(checkpoint, day(1000), sunset), ErrorCode::kExpired, "log",
                          "no stamp that counts"));
  const Chain late = Chain(checkpoint).add(world().first, day(900));
  EXPECT_TRUE(has_finding(judge_by_map(late, day(1000), sunset), ErrorCode::kExpired, "log",
                          "the earliest stamp over it that counts is of"));
  const Chain whole = Chain(checkpoint).add(world().first, day(100));
  EXPECT_TRUE(judge_by_map(whole, day(1000), sunset).is_valid());
}

TEST(Stamps, AreNotOverTheCardCompanysResult) {
  SampleLog log(trade());
  const documents::Order order = trade().split_order();
  documents::Receipt receipt = log.confirm();
  documents::Confirmation confirmation = trade().confirmation(trade().countersigned(order), order);
  confirmation.log = log.signer.verifier().name;
  confirmation.index = static_cast<std::int64_t>(log.size());
  receipt.confirmation = trade().sign(trade().confirmer, documents::write_confirmation(confirmation));
  log.prove(receipt, log.append(documents::write_log_entry(take(documents::entry_of_confirmation(
                         confirmation.id, receipt.nonce, receipt.confirmation)))));
  const Bytes file = documents::write_receipt(receipt);
  Chain chain{take(stamped_evidence(file))};
  chain.add(world().first, day(1));
  VerifyOptions options;
  options.review_result =
      trade().sign(trade().company, take(documents::write_review_result(trade().review_of(order))));
  const auto policy = log.parsed_policy();
  const auto judge_at = [&](TimePoint now) {
    Report report = verify_receipt(file, trade().root.certificate, &policy, options);
    judge_age(report, file, &chain.stamps, age(now));
    return report;
  };
  EXPECT_TRUE(judge_at(day(20)).is_valid()) << write_report_text(judge_at(day(20)));
  const Report late = judge_at(day(1800));
  EXPECT_EQ(late.findings.size(), 1U);
  EXPECT_TRUE(has_finding(late, ErrorCode::kExpired, "reviewResult", "no stamp that counts"));
}

TEST(Checkpoints, AreJudgedByThemselves) {
  const StampedEvidence checkpoint{world().evidence.checkpoint, {}};
  const auto policy = world().log.parsed_policy();
  const std::string sunset = "sunset ed25519 2028-01-01T00:00:00Z\n";
  Chain chain{checkpoint};
  chain.add(world().first, day(1), StampCoverage::kCheckpoint);
  const auto judged = judge_checkpoint(checkpoint.checkpoint, policy, chain.stamps, age(day(1000), sunset));
  EXPECT_TRUE(judged.findings.empty()) << write_judgement_text(judged);
  EXPECT_EQ(judged.statement.shown, day(1) + Seconds(1));
  EXPECT_THAT(write_judgement_json(judged, day(1000)),
              HasSubstr(R"("type":"stamps-report","version":1,"valid":true)"));
  EXPECT_TRUE(judge_checkpoint(checkpoint.checkpoint, policy, {}, age(day(100), sunset)).findings.empty());
  EXPECT_TRUE(
      has_finding(judge_checkpoint(checkpoint.checkpoint, policy, {}, age(day(1000), sunset)).findings,
                  ErrorCode::kExpired, "checkpoint", "no stamp that counts"));
  const SampleLog other(trade());
  const auto foreign = judge_checkpoint(checkpoint.checkpoint, other.parsed_policy(), {}, age(day(1)));
  EXPECT_TRUE(has_finding(foreign.findings, ErrorCode::kSignatureInvalid, "checkpoint"));
  std::string unwitnessed = checkpoint.checkpoint;
  unwitnessed.resize(unwitnessed.rfind("\n", unwitnessed.size() - 2) + 1);
  EXPECT_TRUE(has_finding(judge_checkpoint(unwitnessed, policy, {}, age(day(1))).findings,
                          ErrorCode::kNotFound, "checkpoint.witnesses"));
}

TEST(StampedEvidence, IsTakenOutOfReceiptsAndCheckpoints) {
  EXPECT_EQ(world().evidence.receipt, world().receipt);
  const auto note = stamped_evidence(as_bytes(world().evidence.checkpoint));
  ASSERT_TRUE(note) << note.error().detail;
  EXPECT_EQ(note.value().checkpoint, world().evidence.checkpoint);
  EXPECT_TRUE(note.value().receipt.empty());
  EXPECT_FALSE(stamped_evidence(as_bytes("no note\n")));
  EXPECT_FALSE(stamped_evidence(as_bytes("{}")));
}

}  // namespace
}  // namespace countersign::evidence
