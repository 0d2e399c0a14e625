// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchase_book.h"

#include <algorithm>
#include <set>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "merchant/retry_delay.h"

namespace countersign::enterprise {
namespace {

constexpr std::string_view kGateway = "gateway";
constexpr std::string_view kChanged = "changed";
constexpr merchant::RetryDelays kDelays{Seconds(1), Seconds(300)};
constexpr std::size_t kLongestReason = 200;
constexpr std::int64_t kMostChanges = 5;  // of one order by its seller
constexpr std::size_t kLongestDetail = 300;

bool is_same_request(const PurchaseRequest& a, const PurchaseRequest& b) {
  return a.gateway == b.gateway && a.checkout == b.checkout && a.token == b.token &&
         a.merchant == b.merchant && a.total == b.total && a.reference == b.reference &&
         a.requester.person == b.requester.person;
}

std::string name_of(const Requester& requester) {
  return requester.person.empty() ? "credential " + requester.credential : requester.person;
}

bool is_requester(const Requester& requester, const Credential& by) {
  return requester.person == by.name || requester.credential == by.id;
}

// How many different people stand behind the present bytes, without who asked.
std::size_t count_approvers(const std::vector<Approval>& approvals, const Requester& requester) {
  std::set<std::string> people;
  for (const auto& approval : approvals)
    if (approval.counts && approval.person != requester.person) people.insert(approval.person);
  return people.size();
}

Result<void> require_state(const PurchaseOrder& order, PurchaseState wanted) {
  if (order.state == wanted) return ok();
  return fail(ErrorCode::kConflict, "purchase order: is " + std::string(state_name(order.state)));
}

Result<void> require_waiting(const PurchaseOrder& order, TimePoint now) {
  if (order.state == PurchaseState::kExpired ||
      (order.state == PurchaseState::kAwaitingApproval && now >= order.valid_until))
    return fail(ErrorCode::kExpired, "purchase order: its time is over");
  return require_state(order, PurchaseState::kAwaitingApproval);
}

Result<void> require_person(const Requester& requester) {
  if (!requester.person.empty()) return ok();
  return fail(ErrorCode::kConsentMissing,
              "requestedBy: above the amount it has to be known which person asks");
}

// The person must be one that can be told from the approvers.
Result<void> check_requester(storage::Reader& reader, const PurchaseRequest& request,
                             const ApprovalPolicy& policy) {
  if (policy.needs_approval(request.total)) {
    TRY(require_person(request.requester));
  }
  const std::string& person = request.requester.person;
  if (person.empty()) return ok();
  TRY(const bool is_known, is_known_person(reader, person));
  if (!is_known) return fail(ErrorCode::kNotFound, "requestedBy: nobody of this name has a credential");
  return ok();
}

// Whether the gateway has something left to do.
bool goes_on(const PurchaseOrder& order) {
  switch (order.state) {
    case PurchaseState::kRequested:
    case PurchaseState::kApproved:
    case PurchaseState::kSigned:
      return true;
    case PurchaseState::kConfirmed:
      return !order.fetched_itself;
    case PurchaseState::kRejected:
    case PurchaseState::kWithdrawn:
      return !order.order.empty() && !order.cancelled_at_seller;
    case PurchaseState::kAwaitingApproval:
    case PurchaseState::kRefused:
    case PurchaseState::kExpired:
    case PurchaseState::kFailed:
      break;
  }
  return false;
}

// Cut where a character begins.
std::string shortened(std::string text) {
  if (text.size() <= kLongestDetail) return text;
  std::size_t end = kLongestDetail;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

void note_failure(PurchaseOrder& order, const Error& error) {
  order.code = std::string(error_name(error.code));
  order.detail = shortened(error.detail);
}

void note_success(PurchaseOrder& order) {
  order.code.clear();
  order.detail.clear();
  order.attempts = 0;
}

}  // namespace

Result<PurchaseBook> PurchaseBook::open(storage::Database& database, const Clock& clock, BookTerms terms) {
  TRY(migrate_enterprise(database));
  return PurchaseBook(database, clock, std::move(terms));
}

Result<PurchaseOrder> PurchaseBook::ask(const PurchaseRequest& request) {
  std::optional<PurchaseOrder> order;
  TRY(database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto before, find_request(transaction, request.requester.credential, request.request_key));
    if (before && !is_same_request(before->order.request, request))
      return fail(ErrorCode::kConflict, "Idempotency-Key: something else was asked for with it");
    if (before) {
      order = std::move(before->order);
      return ok();
    }
    TRY(check_requester(transaction, request, terms_.policy));
    TRY(order, add(transaction, request));
    return ok();
  }));
  return std::move(*order);
}

Result<PurchaseOrder> PurchaseBook::add(storage::Transaction& transaction, const PurchaseRequest& request) {
  const TimePoint now = clock_->now();
  StoredPurchase stored{{}, now};
  stored.order.id = crypto::random_uuid_v7(now);
  stored.order.request = request;
  stored.order.created = now;
  stored.order.valid_until = now + terms_.lifetime;
  stored.order.needs_approval = terms_.policy.needs_approval(request.total);
  TRY(insert_purchase(transaction, stored));
  const auto& requester = request.requester;
  TRY(append_event(
      transaction, stored.order.id,
      {now, "requested", name_of(requester),
       format_amount(request.total) + " of " + request.merchant + " by " + requester.credential}));
  return std::move(stored.order);
}

Result<PurchaseView> PurchaseBook::find(std::string_view id) const {
  PurchaseView view;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(auto found, find_purchase(reader, id));
    if (!found) return fail(ErrorCode::kNotFound, "no such purchase order");
    view.order = std::move(found->order);
    TRY(view.approvals, approvals_of(reader, view.order));
    TRY(view.events, events_of(reader, id));
    return ok();
  }));
  return view;
}

Result<std::vector<PurchaseOrder>> PurchaseBook::list(std::optional<PurchaseState> state,
                                                      std::string_view cursor, int limit) const {
  std::vector<PurchaseOrder> orders;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(orders, list_purchases(reader, state, cursor, limit));
    return ok();
  }));
  return orders;
}

Result<std::vector<DuePurchase>> PurchaseBook::due(int limit) const {
  std::vector<DuePurchase> due;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(due, due_purchases(reader, clock_->now(), limit));
    return ok();
  }));
  return due;
}

Result<PurchaseCounts> PurchaseBook::count() const {
  PurchaseCounts counts;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(counts, count_purchases(reader));
    return ok();
  }));
  return counts;
}

// Reads, has `work` change, and writes back, all in one transaction. What `work` leaves open is due at once;
// what has come to its end, never.
Result<void> PurchaseBook::change(
    std::string_view id, const std::function<Result<void>(storage::Transaction&, PurchaseOrder&)>& work) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto stored, find_purchase(transaction, id));
    if (!stored) return fail(ErrorCode::kNotFound, "no such purchase order");
    PurchaseOrder& order = stored->order;
    const auto attempts = order.attempts;
    TRY(work(transaction, order));
    const TimePoint now = clock_->now();
    stored->next_attempt.reset();
    if (goes_on(order))
      stored->next_attempt = order.attempts > attempts ? now + merchant::delay_after(attempts, kDelays) : now;
    return update_purchase(transaction, *stored);
  });
}

Result<void> PurchaseBook::approve(std::string_view id, const Credential& by, const Sha256Digest& digest) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    const TimePoint now = clock_->now();
    if (!by.rights.approve) return fail(ErrorCode::kForbidden, "credential: may not approve");
    TRY(require_waiting(order, now));
    if (is_requester(order.request.requester, by))
      return fail(ErrorCode::kForbidden, "approval: who asked cannot approve");
    if (digest_of(order) != digest)
      return fail(ErrorCode::kConflict, "approval.digest: of other bytes than are to be signed");
    TRY(auto approvals, approvals_of(transaction, order));
    if (std::ranges::any_of(approvals,
                            [&](const Approval& given) { return given.counts && given.person == by.name; }))
      return fail(ErrorCode::kConflict, "approval: this person approved already");
    const Approval approval{by.name, by.id, digest, now, true};
    TRY(insert_approval(transaction, id, approval));
    TRY(append_event(transaction, id, {now, "approved", by.name, hex_encode(digest)}));
    approvals.push_back(approval);
    if (count_approvers(approvals, order.request.requester) >= kApprovals)
      order.state = PurchaseState::kApproved;
    return ok();
  });
}

Result<void> PurchaseBook::reject(std::string_view id, const Credential& by, std::string_view reason) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    const TimePoint now = clock_->now();
    if (!by.rights.approve) return fail(ErrorCode::kForbidden, "credential: may not approve, nor reject");
    if (reason.empty() || reason.size() > kLongestReason)
      return fail(ErrorCode::kMalformed, "reason: 1 to 200 octets");
    TRY(require_waiting(order, now));
    if (is_requester(order.request.requester, by))
      return fail(ErrorCode::kForbidden, "purchase order: who asked withdraws it");
    order.state = PurchaseState::kRejected;
    return append_event(transaction, id, {now, "rejected", by.name, std::string(reason)});
  });
}

Result<void> PurchaseBook::withdraw(std::string_view id, const Requester& by) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    const auto& requester = order.request.requester;
    const bool is_same_person = !by.person.empty() && by.person == requester.person;
    if (by.credential != requester.credential && !is_same_person)
      return fail(ErrorCode::kForbidden, "purchase order: only who asked can withdraw it");
    if (!is_open(order.state)) return require_state(order, PurchaseState::kWithdrawn);
    order.state = PurchaseState::kWithdrawn;
    return append_event(transaction, id, {clock_->now(), "withdrawn", name_of(by), ""});
  });
}

Result<void> PurchaseBook::keep_offer(std::string_view id, const Offer& offer) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    if (!is_open(order.state))
      return fail(ErrorCode::kConflict, "purchase order: is " + std::string(state_name(order.state)));
    const bool is_first = order.order.empty();
    const bool is_same = equal(order.order, offer.bytes);
    const bool is_changed = !is_first && !is_same;
    if (is_changed) {
      TRY(const auto changes, count_events(transaction, id, kChanged));
      if (changes >= kMostChanges) return fail(ErrorCode::kConflict, "order: the seller goes on changing it");
    }
    order.order_id = offer.order.id;
    order.order = offer.bytes;
    order.merchant = offer.merchant;
    order.valid_until = std::min(order.created + terms_.lifetime, offer.order.expires);
    // The amount may be lower than it was when somebody asked.
    order.needs_approval = terms_.policy.needs_approval(offer.order.total);
    if (order.needs_approval) {
      TRY(require_person(order.request.requester));
    }
    TRY(const auto approvals, approvals_of(transaction, order));
    const bool may_go =
        !order.needs_approval || count_approvers(approvals, order.request.requester) >= kApprovals;
    order.state = may_go ? PurchaseState::kApproved : PurchaseState::kAwaitingApproval;
    const auto attempts = order.attempts;
    note_success(order);
    if (is_same) return ok();
    if (is_changed) order.attempts = attempts + 1;
    return append_event(transaction, id,
                        {clock_->now(), std::string(is_first ? "shown" : kChanged), std::string(kGateway),
                         hex_encode(crypto::sha256(offer.bytes))});
  });
}

Result<void> PurchaseBook::keep_signed(std::string_view id, const Sha256Digest& digest,
                                       BytesView signed_order) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    const TimePoint now = clock_->now();
    TRY(require_state(order, PurchaseState::kApproved));
    if (digest_of(order) != digest) return fail(ErrorCode::kConflict, "signed order: of other bytes");
    if (now >= order.valid_until) return fail(ErrorCode::kExpired, "purchase order: its time is over");
    TRY(const auto approvals, approvals_of(transaction, order));
    if (order.needs_approval && count_approvers(approvals, order.request.requester) < kApprovals)
      return fail(ErrorCode::kConflict, "purchase order: is not approved");
    order.signed_order = to_bytes(signed_order);
    order.state = PurchaseState::kSigned;
    note_success(order);
    return append_event(transaction, id, {now, "signed", std::string(kGateway), hex_encode(digest)});
  });
}

Result<void> PurchaseBook::keep_confirmation(std::string_view id, BytesView confirmation,
                                             AnswerSource source) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    if (order.signed_order.empty()) return fail(ErrorCode::kConflict, "confirmation: nothing was signed");
    if (!order.confirmation.empty() && !equal(order.confirmation, confirmation))
      return fail(ErrorCode::kConflict, "two different confirmations of one order");
    const bool is_news = order.confirmation.empty();
    order.confirmation = to_bytes(confirmation);
    order.state = PurchaseState::kConfirmed;
    if (source == AnswerSource::kAuthority) order.fetched_itself = true;
    note_success(order);
    if (!is_news && source == AnswerSource::kSeller) return ok();
    return append_event(transaction, id,
                        {clock_->now(), source == AnswerSource::kAuthority ? "fetched" : "confirmed",
                         std::string(kGateway), hex_encode(crypto::sha256(confirmation))});
  });
}

Result<void> PurchaseBook::keep_refusal(std::string_view id, BytesView refusal, ErrorCode code) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    TRY(require_state(order, PurchaseState::kSigned));
    if (clock_->now() < order.valid_until)
      return fail(ErrorCode::kNotYetValid, "refusal: the order may be confirmed yet");
    order.refusal = to_bytes(refusal);
    order.state = PurchaseState::kRefused;
    note_failure(order, {code, "the seller's authority refused it"});
    return append_event(transaction, id, {clock_->now(), "refused", std::string(kGateway), order.code});
  });
}

Result<void> PurchaseBook::keep_cancelled(std::string_view id, std::string_view detail) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    if (order.state != PurchaseState::kRejected && order.state != PurchaseState::kWithdrawn)
      return fail(ErrorCode::kConflict, "purchase order: is " + std::string(state_name(order.state)));
    order.cancelled_at_seller = true;
    note_success(order);
    return append_event(transaction, id,
                        {clock_->now(), "cancelled", std::string(kGateway), std::string(detail)});
  });
}

Result<void> PurchaseBook::postpone(std::string_view id, const Error& error) {
  return change(id, [&](storage::Transaction&, PurchaseOrder& order) -> Result<void> {
    note_failure(order, error);
    ++order.attempts;
    return ok();
  });
}

Result<void> PurchaseBook::give_up(std::string_view id, const Error& error) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    if (!is_open(order.state))
      return fail(ErrorCode::kConflict, "purchase order: is " + std::string(state_name(order.state)));
    order.state = PurchaseState::kFailed;
    note_failure(order, error);
    return append_event(transaction, id,
                        {clock_->now(), "failed", std::string(kGateway), order.code + ": " + order.detail});
  });
}

Result<void> PurchaseBook::expire(std::string_view id) {
  return change(id, [&](storage::Transaction& transaction, PurchaseOrder& order) -> Result<void> {
    if (!is_open(order.state) && order.state != PurchaseState::kSigned)
      return fail(ErrorCode::kConflict, "purchase order: is " + std::string(state_name(order.state)));
    if (clock_->now() < order.valid_until)
      return fail(ErrorCode::kNotYetValid, "purchase order: its time is not over");
    note_failure(order, {ErrorCode::kExpired, order.state == PurchaseState::kSigned
                                                  ? "signed, and never confirmed"
                                                  : "its time was over before it was signed"});
    order.state = PurchaseState::kExpired;
    return append_event(transaction, id, {clock_->now(), "expired", std::string(kGateway), order.detail});
  });
}

}  // namespace countersign::enterprise
