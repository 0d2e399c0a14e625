// SPDX-License-Identifier: Apache-2.0
#include "mediator/conversation.h"

#include <algorithm>

#include "crypto/digest.h"
#include "documents/json.h"

namespace countersign::mediator {
namespace {

using link::CancelledBy;
using link::Outcome;
using link::PurchaseState;

constexpr std::size_t kMaxShopMessage = 4 << 10;
constexpr std::string_view kLookAtTheTerminal =
    "The order was approved: your terminal finds out how the purchase ended. Look there; to begin again at "
    "the shop brings "
    "the same outcome.";

auto out_of_order(std::string_view what) {
  return fail(ErrorCode::kConflict, "out of order: " + std::string(what));
}

Sha256Digest digest_of(const link::ShownOrder& order) {
  return crypto::sha256(as_bytes(documents::write_json(link::object_of(order))));
}

// What a gateway says: {type:"progress",state} {type:"cancelled"} {type:"ended",outcome}.
struct ShopMessage {
  std::string type;
  std::optional<Outcome> outcome;
};

Result<Outcome> read_outcome(std::string_view word) {
  for (const Outcome outcome :
       {Outcome::kConfirmed, Outcome::kRefused, Outcome::kCancelled, Outcome::kFailed}) {
    if (link::outcome_name(outcome) == word) return outcome;
  }
  return fail(ErrorCode::kMalformed, "relay.outcome: unknown word");
}

Result<ShopMessage> read_shop_message(BytesView text) {
  TRY(auto reader, documents::ObjectReader::parse(text, "relay", {.bytes = kMaxShopMessage, .depth = 2}));
  ShopMessage message;
  TRY(message.type, reader.text("type", 32));
  if (message.type == "progress") {
    TRY(reader.text("state", 32));
  } else if (message.type == "ended") {
    TRY(const auto word, reader.text("outcome", 32));
    TRY(message.outcome, read_outcome(word));
  } else if (message.type != "cancelled") {
    return fail(ErrorCode::kUnsupported, "relay: unknown type");
  }
  TRY(reader.finish());
  return message;
}

}  // namespace

Conversation::Conversation(PurchaseNotice notice, std::string id, std::string code, Sides sides)
    : notice_(std::move(notice)), id_(std::move(id)), code_(std::move(code)), sides_(std::move(sides)) {}

void Conversation::search() {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kSearching) sides_.screen.show_progress("searching");
}

void Conversation::fail_search(const link::NotReached& reason) {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kOver) return;
  end({Outcome::kFailed, reason.error.code, std::string(link::remedy(reason.obstacle))});
}

void Conversation::begin() {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kOver) return;
  stage_ = Stage::kStarted;
  sides_.screen.show_progress("connected");
  link::Start start;
  start.purchase = id_;
  start.checkouts = notice_.checkouts;
  start.origin = notice_.origin;
  start.attested = notice_.attested;
  start.code = code_;
  sides_.tell_wallet(start);
}

void Conversation::take_answer(ReviewAnswer answer) {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kOver) return;
  if (!reviewed_) return give_up(CancelledBy::kBrowser, Outcome::kFailed, ErrorCode::kConflict);
  if (stage_ > Stage::kAsked) return;  // the holder has decided at the terminal
  if (answer == ReviewAnswer::kCancel) {
    return give_up(CancelledBy::kBrowser, Outcome::kCancelled, ErrorCode::kCancelled);
  }
  if (!std::exchange(answered_, true)) sides_.tell_wallet(link::PaymentInformationRequest{id_});
}

void Conversation::cancel() {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kOver) return;
  if (stage_ > Stage::kAsked) return sides_.tell_wallet(link::Cancel{id_, CancelledBy::kBrowser});
  give_up(CancelledBy::kBrowser, Outcome::kCancelled, ErrorCode::kCancelled);
}

void Conversation::leave() {
  const std::lock_guard lock(mutex_);
  if (stage_ <= Stage::kAsked) give_up(CancelledBy::kBrowser, Outcome::kCancelled, ErrorCode::kCancelled);
}

void Conversation::take_wallet_message(BytesView json) {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kOver) return;
  const Result<void> heard = hear_wallet(json);
  if (!heard) give_up(CancelledBy::kBrowser, Outcome::kFailed, heard.error().code);
}

void Conversation::lose_wallet(const Error& reason) {
  const std::lock_guard lock(mutex_);
  if (stage_ != Stage::kOver) end(end_without_wallet(Outcome::kFailed, reason.code));
}

bool Conversation::take_shop_message(const std::string& gateway, BytesView json) {
  const auto message = read_shop_message(json);
  if (!message) return false;
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kOver) return true;
  if (message.value().outcome == Outcome::kConfirmed) confirmed_.insert(gateway);
  // Of an approved purchase the wallet says how it ended: it has verified the confirmation or the refusal.
  if (message.value().type != "cancelled" || stage_ > Stage::kAsked) return true;
  const bool is_new = cancelled_.insert(gateway).second;
  if (cancelled_.size() < notice_.checkouts.size()) {
    if (is_new) sides_.tell_wallet(link::Cancel{id_, CancelledBy::kShop, gateway});
    return true;
  }
  give_up(CancelledBy::kShop, Outcome::kCancelled, ErrorCode::kCancelled);
  return true;
}

void Conversation::refuse(const Error& reason) {
  const std::lock_guard lock(mutex_);
  if (stage_ != Stage::kOver) give_up(CancelledBy::kBrowser, Outcome::kFailed, reason.code);
}

bool Conversation::is_over() const {
  const std::lock_guard lock(mutex_);
  return stage_ == Stage::kOver;
}

Result<void> Conversation::hear_wallet(BytesView json) {
  TRY(auto control, link::read_control(json));
  return std::visit([this](const auto& message) { return hear(message); }, control);
}

Result<void> Conversation::hear(const link::Progress& progress) {
  TRY(check_purchase(progress.purchase));
  Stage reached = Stage::kAsked;
  if (progress.state == PurchaseState::kApproved) reached = Stage::kApproved;
  if (progress.state == PurchaseState::kConfirming) reached = Stage::kConfirming;
  if (reached < stage_) return out_of_order("progress");
  stage_ = reached;
  sides_.screen.show_progress(link::state_name(progress.state));
  return ok();
}

Result<void> Conversation::hear(const link::Review& review) {
  TRY(check_purchase(review.purchase));
  Reviewed now{{}, review.others};
  for (const auto& order : review.orders) now.orders.insert(digest_of(order));
  // Two looks at the same are one look; of another one, only something was taken out.
  if (reviewed_ == now) return ok();
  if (stage_ > Stage::kAsked) return out_of_order("review");
  const bool has_grown =
      reviewed_ && (now.others > reviewed_->others || !std::ranges::includes(reviewed_->orders, now.orders));
  if (has_grown) return out_of_order("another review");
  if (review.orders.size() + review.others > notice_.checkouts.size())
    return out_of_order("review of more orders");
  for (const auto& order : review.orders) {
    if (!notice_.origin.empty() && order.origin != notice_.origin)
      return fail(ErrorCode::kWrongOrigin, "review: the order is of another page");
  }
  reviewed_ = std::move(now);
  stage_ = Stage::kAsked;
  if (!answered_) sides_.screen.show_review(review.orders, review.others);
  return ok();
}

Result<void> Conversation::hear(const link::Cancel& cancel) {
  TRY(check_purchase(cancel.purchase));
  if (cancel.by != CancelledBy::kWallet) return out_of_order("cancel in another's name");
  if (!cancel.gateway.empty()) {
    if (!has(cancel.gateway)) return out_of_order("cancel of another checkout");
    left_out_.insert(cancel.gateway);
    sides_.cancel_at_shop(cancel.gateway);
    return ok();
  }
  // The wallet cancels by itself at the shops that it asks the holder about; of those that it was still
  // opening they hear here. What is cancelled already stays so.
  const bool has_approved = stage_ > Stage::kAsked;
  stage_ = Stage::kOver;
  sides_.screen.show_end(end_of(Outcome::kCancelled, ErrorCode::kCancelled));
  if (!has_approved) sides_.cancel_at_shop(std::nullopt);
  sides_.on_over();
  return ok();
}

Result<void> Conversation::hear(const link::Ended& ended) {
  TRY(check_purchase(ended.purchase));
  TRY(check_checkouts(ended));
  end(named_end(ended.outcome, ended.code, ended.checkouts));
  return ok();
}

Result<void> Conversation::hear(const link::Start&) {
  return out_of_order("start by the wallet");
}

Result<void> Conversation::hear(const link::PaymentInformationRequest&) {
  return out_of_order("payment information asked by the wallet");
}

Result<void> Conversation::check_purchase(const std::string& id) const {
  if (id != id_) return fail(ErrorCode::kConflict, "another purchase");
  return ok();
}

bool Conversation::has(const std::string& gateway) const {
  return std::ranges::find(notice_.checkouts, gateway, &link::NamedCheckout::gateway) !=
         notice_.checkouts.end();
}

// Told of are those that the purchase has, where it has several.
Result<void> Conversation::check_checkouts(const link::Ended& ended) const {
  const bool are_several = notice_.checkouts.size() > 1;
  if (!are_several && !ended.checkouts.empty()) return out_of_order("an end of several");
  for (const auto& one : ended.checkouts) {
    if (!has(one.gateway)) return out_of_order("the end of another checkout");
  }
  return ok();
}

// What the holder approved may be decided all the same.
PurchaseEnd Conversation::named_end(Outcome outcome, std::optional<ErrorCode> code,
                                    std::vector<link::EndedCheckout> checkouts) const {
  PurchaseEnd end = end_of(outcome, code);
  end.checkouts = std::move(checkouts);
  const bool is_undecided = outcome == Outcome::kUndecided ||
                            std::ranges::find(end.checkouts, Outcome::kUndecided,
                                              &link::EndedCheckout::outcome) != end.checkouts.end();
  if (is_undecided || (outcome == Outcome::kFailed && stage_ > Stage::kAsked))
    end.remedy = kLookAtTheTerminal;
  return end;
}

// What became of one, as far as it is known here: its gateway confirmed it, the holder left it out, or its
// shop cancelled it before the approval. Of the rest only the wallet knows what has left: `open`.
link::EndedCheckout Conversation::end_of_one(const std::string& gateway, Outcome open, ErrorCode code) const {
  if (confirmed_.contains(gateway)) return {gateway, Outcome::kConfirmed, std::nullopt};
  if (left_out_.contains(gateway)) return {gateway, Outcome::kLeftOut, ErrorCode::kCancelled};
  if (cancelled_.contains(gateway)) return {gateway, Outcome::kCancelled, ErrorCode::kCancelled};
  return {gateway, open, code};
}

PurchaseEnd Conversation::end_without_wallet(Outcome otherwise, ErrorCode code) const {
  const Outcome open = stage_ > Stage::kAsked ? Outcome::kUndecided : otherwise;
  std::vector<link::EndedCheckout> checkouts;
  checkouts.reserve(notice_.checkouts.size());
  for (const auto& named : notice_.checkouts) checkouts.push_back(end_of_one(named.gateway, open, code));
  const auto has_one = [&](Outcome outcome) {
    return std::ranges::find(checkouts, outcome, &link::EndedCheckout::outcome) != checkouts.end();
  };
  const bool are_alike = std::ranges::all_of(
      checkouts, [&](const auto& one) { return one.outcome == checkouts.front().outcome; });
  if (are_alike && has_one(Outcome::kConfirmed)) return end_of(Outcome::kConfirmed, std::nullopt);
  if (are_alike && has_one(Outcome::kLeftOut)) return end_of(Outcome::kCancelled, ErrorCode::kCancelled);
  if (checkouts.size() == 1 || (are_alike && open != Outcome::kUndecided))
    return named_end(checkouts.front().outcome, checkouts.front().code);
  if (has_one(Outcome::kConfirmed)) return named_end(Outcome::kPartly, code, std::move(checkouts));
  // Without any that is open, what is left was taken out one way or the other.
  if (!has_one(open)) return named_end(Outcome::kCancelled, ErrorCode::kCancelled, std::move(checkouts));
  return named_end(open, code, std::move(checkouts));
}

void Conversation::give_up(CancelledBy by, Outcome outcome, ErrorCode code) {
  // The screen first: a side that is stuck shall not keep it waiting.
  const bool has_wallet = stage_ > Stage::kSearching;
  const PurchaseEnd end = end_without_wallet(outcome, code);
  stage_ = Stage::kOver;
  sides_.screen.show_end(end);
  if (has_wallet) {
    // The wallet closes its connections when it hears of it, and with them the ways to the shops.
    if (by != CancelledBy::kShop) sides_.cancel_at_shop(std::nullopt);
    sides_.tell_wallet(link::Cancel{id_, by});
  }
  sides_.on_over();
}

void Conversation::end(const PurchaseEnd& end) {
  stage_ = Stage::kOver;
  sides_.screen.show_end(end);
  sides_.on_over();
}

}  // namespace countersign::mediator
