// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/foreign_status.h"

#include <algorithm>

namespace countersign::authority {
namespace {

using Kind = ForeignBasis::Kind;

// What the feed said of it since outweighs the status, whatever its age. That it is good again says nothing
// that an answer of the home does not have to say.
Result<void> judge_change(const std::optional<documents::StatusFeedChange>& change) {
  if (!change || change->kind == x509::StatusKind::kGood) return ok();
  const std::string since = " since " + format_time(change->changed) + ", by the status feed of its home";
  if (change->reason == x509::RevocationReason::kCertificateHold)
    return fail(ErrorCode::kCertificateOnHold, "certificate on hold" + since);
  return fail(ErrorCode::kCertificateRevoked, "certificate revoked" + since);
}

Result<void> judge_answer(const x509::CertificateStatus& said) {
  if (said.kind == x509::StatusKind::kGood) return ok();
  if (said.kind == x509::StatusKind::kUnknown)
    return fail(ErrorCode::kCertificateUnknown, "certificate never issued by its home");
  const std::string since = " at its home since " + format_time(said.revoked_at);
  if (said.reason == x509::RevocationReason::kCertificateHold)
    return fail(ErrorCode::kCertificateOnHold, "certificate on hold" + since);
  return fail(ErrorCode::kCertificateRevoked, "certificate revoked" + since);
}

// Asked for a moment ago by both clocks: one may have been set, the other is nobody's.
bool is_just_asked(const ForeignStatus& status, const JudgedAt& at) {
  return at.now <= status.asked + kMostStatusAge && status.asked <= at.now + at.tolerance &&
         at.moment <= status.asked_at + kMostStatusAge && status.asked_at <= at.moment;
}

// The moment `then` by the clock of people, as it goes now.
TimePoint in_time(BootMoment then, const JudgedAt& at) {
  return at.now - (at.moment - then);
}

// Since when nothing newer is known: the later one of answer and feed.
BootMoment known_until(const ForeignKnowledge& known) {
  return std::max(known.told_until.value_or(known.status->asked_at), known.status->asked_at);
}

bool counts_degraded(const ForeignKnowledge& known, const JudgedAt& at, const DegradedPolicy& policy) {
  return !is_broken(known.feed) && !known.change && at.now <= known.status->answer.next_update &&
         at.moment - known_until(known) <= policy.max_age;
}

}  // namespace

bool DegradedPolicy::permits(const Amount& amount) const {
  const auto limit = below.find(amount.currency);
  return limit != below.end() && amount.minor_units < limit->second;
}

Result<ForeignBasis> judge_foreign(const ForeignKnowledge& known, const JudgedAt& at,
                                   const DegradedPolicy* degraded) {
  TRY(judge_change(known.change));
  if (!known.status) return fail(ErrorCode::kHomeUnreachable, "its home was not asked");
  const ForeignStatus& status = *known.status;
  const x509::OcspAnswer& answer = status.answer;
  if (at.now + at.tolerance < answer.this_update || at.now > answer.next_update + at.tolerance)
    return fail(ErrorCode::kHomeUnreachable, "its status is of " + format_time(answer.this_update) + " to " +
                                                 format_time(answer.next_update) + " and not of this moment");
  ForeignBasis basis;
  if (is_just_asked(status, at)) {
    basis.kind = Kind::kAsked;
  } else if (known.feed == FeedState::kLive && known.told_until) {
    basis = {Kind::kFeed, in_time(*known.told_until, at)};
  } else if (degraded != nullptr && counts_degraded(known, at, *degraded)) {
    basis = {Kind::kLastKnown, in_time(known_until(known), at)};
  } else {
    return fail(ErrorCode::kHomeUnreachable, "its status was asked for at " + format_time(status.asked) +
                                                 ", which is not of this moment any more");
  }
  TRY(judge_answer(answer.status));
  return basis;
}

}  // namespace countersign::authority
