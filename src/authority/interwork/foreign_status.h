// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "authority/interwork/feed_follower.h"
#include "authority/interwork/route.h"
#include "base/amount.h"
#include "base/clock_tolerance.h"
#include "x509/ocsp.h"

namespace countersign::authority {

// ForeignParty is a party whose home is another data centre, by the certificate that came with what it
// signed: its path to the root and its home are verified. Validity in time and status are judged at each use.
struct ForeignParty {
  x509::Certificate certificate;
  x509::Role role;       // verified along the path
  TimePoint valid_from;  // of the whole path: certificate, CA and root
  TimePoint valid_until;
  std::shared_ptr<const network::MapView> view;  // the map by which it was recognised
  Route route;                                   // into `view`
  x509::Certificate ca;                          // of the home, which issued the certificate
};

// FeedMark is how much was known of a home's changes at some moment. A history is what was told without a
// gap; 0 stands for nothing.
struct FeedMark {
  std::uint64_t history = 0;
  std::int64_t sequence = 0;
};

// ForeignStatus is what the home said of a certificate in answer to a question of ours, verified.
struct ForeignStatus {
  std::shared_ptr<const Bytes> response;  // OCSPResponse in DER: the evidence
  x509::OcspAnswer answer;
  TimePoint asked;  // by our clock
  // How the question went; see PeerAnswer.
  std::optional<std::chrono::microseconds> at_home = {};
  BootMoment asked_at = {};                             // the same moment as `asked`
  FeedMark mark = {};                                   // when it was asked
  std::shared_ptr<const ForeignParty> party = nullptr;  // whom it is about
};

// A status decides about an order for so long after it was asked for.
inline constexpr Seconds kMostStatusAge{10};

// ForeignKnowledge is what is known of a party of another data centre at one moment.
struct ForeignKnowledge {
  std::shared_ptr<const ForeignStatus> status;  // null: its home has said nothing
  // The newest change of its certificate that the feed told since that status was asked for.
  std::optional<documents::StatusFeedChange> change = {};
  FeedState feed = FeedState::kSilent;
  // When the request was sent whose page told all changes since that status; none where some may be missing.
  std::optional<BootMoment> told_until = {};
};

// The operator's choice: below which amounts an order is confirmed by what was last known of a party whose
// home cannot be reached, and how old that may be. By default: none.
struct DegradedPolicy {
  std::map<std::string, std::int64_t> below;  // minor units by currency
  std::chrono::milliseconds max_age{std::chrono::minutes(5)};

  bool permits(const Amount& amount) const;
};

// When, and how sharply, something is judged.
struct JudgedAt {
  TimePoint now;
  BootMoment moment;  // the same
  Seconds tolerance = kClockTolerance;
};

// What a status that counts as good rests upon.
struct ForeignBasis {
  enum class Kind {
    kAsked,      // the home's answer to a question of this moment
    kFeed,       // an earlier answer, and the live feed since
    kLastKnown,  // what was last known; nothing newer can be had
  };
  Kind kind = Kind::kAsked;
  // Until when nothing newer is known, by our clock; not of kAsked, whose evidence says it.
  std::optional<TimePoint> as_of = {};
};

// judge_foreign says on what a party's certificate counts as good at this moment: kHomeUnreachable where
// nothing is of this moment, kCertificateRevoked, kCertificateOnHold, kCertificateUnknown. What was last
// known counts only for `degraded`, which is null unless its home could not be reached for an amount that
// the policy permits, and only while the feed is not broken and the evidence's time is not over. Pure.
Result<ForeignBasis> judge_foreign(const ForeignKnowledge& known, const JudgedAt& at,
                                   const DegradedPolicy* degraded = nullptr);

}  // namespace countersign::authority
