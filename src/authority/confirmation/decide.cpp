// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/decide.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/log_entry.h"

namespace countersign::authority {
namespace {

using documents::RefusalReason;
using Reasons = std::vector<RefusalReason>;

constexpr std::size_t kStatusesKept = 50'000;

bool is_degraded(const ForeignBasis& basis) {
  return basis.kind == ForeignBasis::Kind::kLastKnown;
}

void judge_validity(const KnownCertificate& party, std::string_view what, TimePoint now, Reasons& reasons) {
  if (now < party.valid_from) {
    reasons.push_back({ErrorCode::kNotYetValid, std::string(what) + ": certificate not valid before " +
                                                    format_time(party.valid_from)});
  } else if (now > party.valid_until) {
    reasons.push_back({ErrorCode::kExpired,
                       std::string(what) + ": certificate expired at " + format_time(party.valid_until)});
  }
}

documents::ConfirmedParty confirmed_party(const KnownCertificate& party, const Bytes& ocsp,
                                          const ForeignBasis& basis) {
  const x509::Certificate& certificate = party.certificate;
  return {certificate.subject(),
          certificate.issuer(),
          certificate.serial(),
          certificate.registered_by(),
          certificate.key_origin(),
          ocsp,
          basis.as_of,
          is_degraded(basis)};
}

// What the audit record says besides the index.
std::string audit_detail(std::int64_t index, const ForeignBasis& purchaser) {
  std::string detail = "index " + std::to_string(index);
  if (is_degraded(purchaser))
    detail +=
        ", degraded: purchaser's home unreachable, nothing newer known than " + format_time(*purchaser.as_of);
  return detail;
}

}  // namespace

std::optional<LogPlace> place_of(const StoredConfirmation& stored, const LogAppender* log) {
  if (log == nullptr || stored.nonce.empty()) return std::nullopt;
  return LogPlace{static_cast<std::uint64_t>(stored.index), stored.time, stored.nonce, nullptr};
}

Reasons judge_moment(const VerifiedRequest& request, TimePoint now, Seconds tolerance) {
  Reasons reasons;
  const documents::Order& order = request.order;
  if (now > order.expires) {
    reasons.push_back({ErrorCode::kExpired, "order.expires: over since " + format_time(order.expires)});
  }
  if (order.created > now + tolerance) {
    reasons.push_back({ErrorCode::kClockSkew, "order.created: in the future"});
  }
  if (request.ordered > now + tolerance || request.ordered + tolerance < order.created) {
    reasons.push_back({ErrorCode::kClockSkew, "signed order: signing time apart from the order's and ours"});
  }
  if (request.countersigned > now + tolerance || request.countersigned + tolerance < request.ordered) {
    reasons.push_back(
        {ErrorCode::kClockSkew, "countersigned order: signing time apart from the order's and ours"});
  }
  judge_validity(*request.merchant, "merchant", now, reasons);
  judge_validity(*request.purchaser, "purchaser", now, reasons);
  return reasons;
}

std::optional<RefusalReason> judge_restore(const documents::Order& order, std::optional<TimePoint> restored,
                                           Seconds tolerance) {
  if (!restored || order.created > *restored + tolerance) return std::nullopt;
  return RefusalReason{
      ErrorCode::kExpired,
      "order.created: not after " + format_time(*restored + tolerance) +
          "; records from before were restored, and it may be confirmed already: order anew"};
}

std::optional<RefusalReason> judge_status(const std::optional<Directory::QuickStatus>& status,
                                          std::string_view party) {
  const std::string who(party);
  if (!status) return RefusalReason{ErrorCode::kCertificateUnknown, who + ": certificate never issued here"};
  switch (status->state) {
    case CertificateState::kActive:
      return std::nullopt;
    case CertificateState::kOnHold:
      return RefusalReason{ErrorCode::kCertificateOnHold,
                           who + ": certificate on hold since " + format_time(status->changed)};
    case CertificateState::kRevoked:
      break;
  }
  return RefusalReason{ErrorCode::kCertificateRevoked,
                       who + ": certificate revoked at " + format_time(status->changed)};
}

Result<Bytes> sign_refusal(const x509::CmsSigner& signer, const x509::Name& data_centre,
                           const RefusedRequest& refused, TimePoint now) {
  const bool temporary = std::all_of(refused.reasons.begin(), refused.reasons.end(),
                                     [](const RefusalReason& reason) { return is_temporary(reason.code); });
  Reasons all = refused.reasons;
  all.insert(all.end(), refused.review_reasons.begin(), refused.review_reasons.end());
  const Bytes json = documents::write_refusal(
      {data_centre, whole_seconds(now), refused.request, refused.order_id, std::move(all), !temporary});
  return signer.sign(json, {x509::ContentType::kData, now});
}

// One batch under way: what it confirmed so far, by merchant and order.
struct Decider::Batch {
  storage::Transaction& transaction;
  TimePoint now;
  const Result<void>& waits;  // why nothing new is confirmed, if so
  std::int64_t next_index;
  std::vector<StoredConfirmation> confirmed;
  std::vector<std::string> audit_details;                                         // of each
  std::vector<documents::LogEntryBytes> log_entries;                              // alike
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> by_order;  // views into the requests
};

Result<std::vector<Result<Decision>>> Decider::decide(storage::Transaction& transaction,
                                                      std::span<const VerifiedRequest* const> requests,
                                                      TimePoint now, const Result<void>& waits) {
  TRY(const SequenceState sequence, parts_.store.sequence(transaction));
  if (sequence.process != takeover_.process) {
    return fail(ErrorCode::kForbidden, "sequence: process " + std::to_string(sequence.process) +
                                           " has taken over from process " +
                                           std::to_string(takeover_.process));
  }
  TRY(const std::int64_t version, parts_.directory.version(transaction));
  if (version != statuses_version_ || statuses_.size() > kStatusesKept) statuses_.clear();
  statuses_version_ = version;

  Batch batch{transaction, now, waits, sequence.next_index, {}, {}, {}, {}};
  TRY(reservation_.cover(sequence.next_index + static_cast<std::int64_t>(requests.size())));
  std::vector<Result<Decision>> outcomes;
  outcomes.reserve(requests.size());
  for (const VerifiedRequest* request : requests) outcomes.push_back(decide_one(batch, *request));

  std::vector<AuditEntry> entries;
  entries.reserve(batch.confirmed.size());
  for (std::size_t i = 0; i < batch.confirmed.size(); ++i) {
    const StoredConfirmation& each = batch.confirmed[i];
    entries.push_back({"merchant:" + each.merchant, "confirm", each.id, batch.audit_details[i]});
  }
  TRY(parts_.store.append(transaction, batch.confirmed));
  TRY(parts_.audit.append(transaction, entries, now));
  TRY(append_to_log(batch, outcomes));
  return outcomes;
}

Result<void> Decider::append_to_log(Batch& batch, std::vector<Result<Decision>>& outcomes) {
  if (batch.log_entries.empty()) return ok();
  TRY(const auto appended, parts_.log->append(batch.transaction, batch.log_entries, batch.now));
  TRY(appended.expect_first(batch.confirmed.front().index));
  for (Result<Decision>& outcome : outcomes) {
    if (!outcome || !outcome.value().place) continue;
    LogPlace& place = *outcome.value().place;
    if (place.index >= appended.size_before) place.head = appended.head;
  }
  return ok();
}

void Decider::settle(LogAppender::Outcome outcome) {
  if (parts_.log != nullptr) parts_.log->settle(outcome);
}

Result<Decision> Decider::decide_one(Batch& batch, const VerifiedRequest& request) {
  TRY(auto known, find_known(batch, request));
  if (known) return std::move(*known);
  Reasons reasons = judge_moment(request, batch.now, options_.clock_tolerance);
  if (auto reason = judge_restore(request.order, takeover_.restored, options_.clock_tolerance))
    reasons.push_back(std::move(*reason));
  if (parts_.foreign != nullptr)
    if (const auto standing = parts_.foreign->expect_own_standing(batch.now); !standing)
      reasons.push_back({standing.error().code, "this data centre: " + standing.error().detail});
  TRY(const Standing merchant, standing_of(batch, *request.merchant, "merchant", nullptr));
  TRY(const Standing purchaser,
      standing_of(batch, *request.purchaser, "purchaser", request.purchaser_status, degraded_for(request)));
  if (merchant.against) reasons.push_back(*merchant.against);
  if (purchaser.against) reasons.push_back(*purchaser.against);
  Reasons review_reasons;
  if (request.review) {
    TRY(review_reasons, judge_review(batch, request));
  }
  if (!reasons.empty() || !review_reasons.empty())
    return refuse(request, std::move(reasons), std::move(review_reasons), batch.now);
  TRY(batch.waits);
  return confirm(batch, request, merchant, purchaser);
}

Result<Decider::Standing> Decider::standing_of(const Batch& batch, const KnownCertificate& party,
                                               std::string_view what,
                                               const std::shared_ptr<const ForeignStatus>& abroad,
                                               const DegradedPolicy* degraded) {
  if (party.foreign) return standing_abroad(batch, party, what, abroad, degraded);
  TRY(const auto here, status_of(batch.transaction, party));
  return Standing{judge_status(here, what), here, nullptr};
}

// By what is known now: a change that came while the request waited counts, and a home that fell silent
// meanwhile is one that cannot be reached.
Decider::Standing Decider::standing_abroad(const Batch& batch, const KnownCertificate& party,
                                           std::string_view what,
                                           const std::shared_ptr<const ForeignStatus>& abroad,
                                           const DegradedPolicy* degraded) const {
  auto judged = parts_.foreign->judge(*party.foreign, abroad, batch.now, options_.clock_tolerance, degraded);
  if (judged) return {std::nullopt, std::nullopt, std::move(judged.value().status), judged.value().basis};
  if (judged.error().code == ErrorCode::kHomeUnreachable)
    parts_.foreign->note(*party.foreign, FollowedHome::Decided::kUnreachable);
  return {RefusalReason{judged.error().code, std::string(what) + ": " + judged.error().detail}, std::nullopt,
          nullptr};
}

const DegradedPolicy* Decider::degraded_for(const VerifiedRequest& request) const {
  const bool counts = request.is_home_unreachable && parts_.degraded != nullptr &&
                      parts_.degraded->permits(request.order.total);
  return counts ? parts_.degraded : nullptr;
}

// The OCSP response on which a party's certificate counts as good.
Result<Bytes> Decider::evidence_of(const KnownCertificate& party, const Standing& standing,
                                   TimePoint now) const {
  if (standing.abroad) return *standing.abroad->response;
  TRY(const auto response, parts_.ocsp.response(party.cert_id, standing.here, now));
  return *response.der;
}

// The confirmation that this order of this merchant has already, earlier in the batch or in the store; a
// refusal when the same order id stands for other bytes; nothing for an order that is new.
Result<std::optional<Decision>> Decider::find_known(Batch& batch, const VerifiedRequest& request) const {
  const auto repeat_or_conflict = [&](const StoredConfirmation& stored) -> Result<std::optional<Decision>> {
    if (stored.order_digest == request.order_digest) {
      return Decision{Decision::Kind::kRepeated, stored.document, ErrorCode::kInternal,
                      place_of(stored, parts_.log)};
    }
    TRY(auto refusal,
        refuse(request, {{ErrorCode::kConflict, "order.id: another order of this merchant has it"}}, {},
               batch.now));
    return refusal;
  };
  const auto found = batch.by_order.find({request.merchant->subject, request.order.id});
  if (found != batch.by_order.end()) return repeat_or_conflict(batch.confirmed[found->second]);
  TRY(const auto stored, parts_.store.find(batch.transaction, request.merchant->subject, request.order.id));
  if (stored) return repeat_or_conflict(*stored);
  return std::nullopt;
}

Result<std::optional<Directory::QuickStatus>> Decider::status_of(storage::Reader& reader,
                                                                 const KnownCertificate& party) {
  const Sha256Digest& fingerprint = party.certificate.fingerprint();
  if (const auto found = statuses_.find(fingerprint); found != statuses_.end()) return found->second;
  TRY(auto status, parts_.directory.quick_status(reader, party.certificate.serial()));
  if (status) statuses_.emplace(fingerprint, *status);
  return status;
}

// What speaks against the review itself, and against it and its company now.
Result<Reasons> Decider::judge_review(const Batch& batch, const VerifiedRequest& request) {
  const JudgedReview& review = *request.review;
  Reasons reasons = review.reasons;
  if (!review.company) return reasons;  // they say why
  judge_validity(*review.company, "card company", batch.now, reasons);
  if (review.capture_until && batch.now > *review.capture_until) {
    reasons.push_back({ErrorCode::kExpired, "review.captureUntil: the approval is over since " +
                                                format_time(*review.capture_until)});
  }
  TRY(const Standing company, standing_of(batch, *review.company, "card company", request.company_status));
  if (company.against) reasons.push_back(*company.against);
  return reasons;
}

Result<Decision> Decider::confirm(Batch& batch, const VerifiedRequest& request, const Standing& merchant,
                                  const Standing& purchaser) {
  TRY(const Bytes merchant_ocsp, evidence_of(*request.merchant, merchant, batch.now));
  TRY(const Bytes purchaser_ocsp, evidence_of(*request.purchaser, purchaser, batch.now));
  documents::Confirmation confirmation{
      .id = crypto::random_uuid_v4(),
      .data_centre = parts_.data_centre,
      .index = batch.next_index,
      .time = whole_seconds(batch.now),
      .order_id = request.order.id,
      .order_digest = request.order_digest,
      .total = request.order.total,
      .countersigned_order = request.countersigned_order,
      .review = request.review ? std::optional(request.review->named) : std::nullopt,
      .merchant = confirmed_party(*request.merchant, merchant_ocsp, merchant.basis),
      .purchaser = confirmed_party(*request.purchaser, purchaser_ocsp, purchaser.basis),
  };
  Bytes nonce;
  if (parts_.log != nullptr) {
    confirmation.log = parts_.log->origin();
    nonce = crypto::random_bytes(documents::kLogNonceSize);
  }
  const Bytes json = documents::write_confirmation(confirmation);
  TRY(x509::SignedMessage message, parts_.signer.sign_message(json, {x509::ContentType::kData, batch.now}));
  note_basis(request, purchaser.basis);
  // Only what was signed takes the index.
  batch.audit_details.push_back(audit_detail(batch.next_index, purchaser.basis));
  batch.by_order.emplace(
      std::pair<std::string_view, std::string_view>{request.merchant->subject, request.order.id},
      batch.confirmed.size());
  if (parts_.log != nullptr)
    batch.log_entries.push_back(
        documents::write_log_entry(documents::entry_of_confirmation(confirmation.id, nonce, message)));
  batch.confirmed.push_back({batch.next_index++, confirmation.id, request.merchant->subject, request.order.id,
                             request.order_digest, request.purchaser->subject, confirmation.time, message.der,
                             std::move(nonce)});
  return Decision{Decision::Kind::kConfirmed, std::move(message.der), ErrorCode::kInternal,
                  place_of(batch.confirmed.back(), parts_.log)};
}

// For what operators see.
void Decider::note_basis(const VerifiedRequest& request, const ForeignBasis& purchaser) const {
  using Decided = FollowedHome::Decided;
  if (purchaser.kind == ForeignBasis::Kind::kAsked) return;
  parts_.foreign->note(*request.purchaser->foreign,
                       is_degraded(purchaser) ? Decided::kDegraded : Decided::kByFeed);
}

Result<Decision> Decider::refuse(const VerifiedRequest& request, Reasons reasons, Reasons review_reasons,
                                 TimePoint now) const {
  const ErrorCode first = (reasons.empty() ? review_reasons : reasons).front().code;
  const RefusedRequest refused{crypto::sha256(request.countersigned_order), request.order.id,
                               std::move(reasons), std::move(review_reasons)};
  TRY(Bytes document, sign_refusal(parts_.signer, parts_.data_centre, refused, now));
  return Decision{Decision::Kind::kRefused, std::move(document), first};
}

}  // namespace countersign::authority
