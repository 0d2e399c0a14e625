// SPDX-License-Identifier: Apache-2.0
// What link and screen ask of the desk.
#include "wallet/incoming.h"

#include "wallet/incoming_purchase.h"

namespace countersign::wallet {
namespace {

EndedBy ended_by(link::CancelledBy by) {
  return by == link::CancelledBy::kShop ? EndedBy::kShop : EndedBy::kBrowser;
}

DialogueEnd left_out() {
  return {DialogueResult::kLeftOut, "", std::string(error_name(ErrorCode::kCancelled))};
}

}  // namespace

IncomingDesk::IncomingDesk(Parties parties, IncomingOptions options)
    : parties_(parties), options_(std::move(options)) {}

IncomingDesk::~IncomingDesk() {
  {
    const std::lock_guard lock(mutex_);
    if (current_) stop(*current_, EndedBy::kLostLink);
  }
  if (opening_.joinable()) opening_.join();
}

bool IncomingDesk::start(const link::Start& start, std::shared_ptr<ComputerSide> computer) {
  const auto refuse = [&](ErrorCode code) {
    computer->tell(link::Ended{start.purchase, link::Outcome::kFailed, code});
    return false;
  };
  auto purchase = std::make_shared<Purchase>();
  for (const auto& named : start.checkouts) {
    purchase->parts.emplace_back();
    purchase->view.sections.push_back({named.gateway, {}, false, "", {}});
  }
  Shared before;  // goes without the lock: shops that it told may still be answering
  const std::lock_guard lock(mutex_);
  if (current_ && current_->view.state != IncomingState::kEnded) return refuse(ErrorCode::kConflict);
  // The purchase before has ended; what is left of its thread is about to.
  if (opening_.joinable()) opening_.join();
  purchase->start = start;
  purchase->view.id = start.purchase;
  purchase->view.computer = computer->name();
  purchase->view.attested = start.attested;
  purchase->view.code = start.code;
  purchase->computer = std::move(computer);
  before = std::exchange(current_, purchase);
  change(*current_, IncomingState::kOpening);
  opening_ = std::thread([this, purchase] { open(purchase); });
  return true;
}

// Ends what has not been signed. What is being worked on is interrupted, and ended by who works on it: its
// dialogues belong to them, however many want it over.
void IncomingDesk::stop(Purchase& purchase, EndedBy by) {
  if (purchase.view.state == IncomingState::kEnded) return;
  if (purchase.has_committed()) {
    // Counts for what has not left, and for what left and is declined: what is decided has ended by then.
    if (!purchase.stopped) purchase.stopped = by;
    return;
  }
  const bool is_busy =
      purchase.view.state == IncomingState::kWorking || purchase.view.state == IncomingState::kOpening;
  if (!is_busy) return put_an_end(purchase, by);
  if (purchase.stopped) return;
  purchase.stopped = by;
  // The PC tells the shops, while there are ways to them.
  if (by == EndedBy::kHolder) {
    for (const std::size_t number : purchase.open_parts())
      purchase.computer->tell(link::Cancel{purchase.start.purchase, link::CancelledBy::kWallet,
                                           purchase.view.sections[number].gateway});
  }
  purchase.hung_up = true;
  purchase.computer->hang_up();
}

bool IncomingDesk::is_of(const ComputerSide& computer) const {
  return current_ && current_->computer.get() == &computer;
}

void IncomingDesk::go_on(const std::string& purchase, const ComputerSide& computer) {
  const std::lock_guard lock(mutex_);
  if (!is_of(computer) || current_->view.id != purchase || current_->view.state != IncomingState::kReview)
    return;
  current_->looked_at = true;
  show(*current_);
}

void IncomingDesk::cancel(const link::Cancel& cancel, const ComputerSide& computer) {
  const std::lock_guard lock(mutex_);
  if (!is_of(computer) || current_->view.id != cancel.purchase) return;
  if (cancel.gateway.empty()) return stop(*current_, ended_by(cancel.by));
  // Only the holder leaves one out, and not over the link.
  if (cancel.by == link::CancelledBy::kShop) withdraw(*current_, cancel.gateway);
}

// One shop of several has cancelled its checkout; the others are left as they are.
void IncomingDesk::withdraw(Purchase& purchase, const std::string& gateway) {
  const auto found = std::ranges::find(purchase.view.sections, gateway, &IncomingSection::gateway);
  if (found == purchase.view.sections.end() || found->end) return;
  purchase.parts[static_cast<std::size_t>(found - purchase.view.sections.begin())].withdrawn = true;
  const auto state = purchase.view.state;
  if (state != IncomingState::kAsked && state != IncomingState::kReview) return;
  end_withdrawn(purchase);
  show(purchase);
}

void IncomingDesk::lost(const ComputerSide& computer) {
  const std::lock_guard lock(mutex_);
  if (is_of(computer)) stop(*current_, EndedBy::kLostLink);
}

std::uint64_t IncomingDesk::wait(std::uint64_t seen, std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [&] { return version_ != seen || !waits_; });
  return version_;
}

void IncomingDesk::stop_waiting() {
  const std::lock_guard lock(mutex_);
  waits_ = false;
  changed_.notify_all();
}

std::optional<IncomingView> IncomingDesk::view() {
  const std::lock_guard lock(mutex_);
  return current_ ? std::optional(current_->view) : std::nullopt;
}

Result<IncomingDesk::Shared> IncomingDesk::claim(const std::string& id, const IncomingApproval& approval) {
  const std::lock_guard lock(mutex_);
  if (!current_ || current_->view.id != id) return fail(ErrorCode::kNotFound, "no such purchase");
  if (current_->view.state != IncomingState::kAsked)
    return fail(ErrorCode::kConflict, "nothing is asked at this point");
  if (current_->view.question != approval.question)
    return fail(ErrorCode::kConflict, "something else is asked by now: look at it again");
  TRY(const auto question, question_of(current_->view));
  for (const auto& field : approval.release.fields) {
    if (std::ranges::find(question.fields, field) == question.fields.end())
      return fail(ErrorCode::kForbidden, "released: a field that is not asked for");
  }
  change(*current_, IncomingState::kWorking);
  return current_;
}

Result<void> IncomingDesk::approve(const std::string& id, const IncomingApproval& approval,
                                   const crypto::SecretBytes& pin) {
  TRY(const auto purchase, claim(id, approval));
  const bool is_compared = purchase->start.attested || approval.code == purchase->start.code;
  auto done = is_compared ? run(purchase, approval.release, pin)
                          : Result<void>(fail(ErrorCode::kForbidden, "compare the code with the PC's first"));
  const bool is_withdrawn = withdraw_at_shops(purchase);
  const std::lock_guard lock(mutex_);
  // What was interrupted fails by that; it ends for the reason of the interruption.
  take_ends(*purchase, false);
  if (purchase->stopped && (is_withdrawn || !purchase->open_parts().empty())) {
    put_an_end(*purchase, *purchase->stopped);
    return fail(ErrorCode::kCancelled, "cancelled in the meantime");
  }
  end_withdrawn(*purchase);
  show(*purchase);
  return done;
}

Result<void> IncomingDesk::refuse(const std::string& id) {
  Shared purchase;
  {
    const std::lock_guard lock(mutex_);
    if (!current_ || current_->view.id != id) return fail(ErrorCode::kNotFound, "no such purchase");
    if (current_->view.state == IncomingState::kEnded || current_->is_decided())
      return fail(ErrorCode::kConflict, "the signed order has left; its outcome follows");
    const bool is_idle =
        current_->view.state == IncomingState::kAsked || current_->view.state == IncomingState::kReview;
    if (!is_idle) {
      stop(*current_, EndedBy::kHolder);
      return ok();
    }
    purchase = current_;
    change(*purchase, IncomingState::kWorking);
  }
  // The shops first: the PC ends the links to them when it hears of this.
  cancel_at_shops(*purchase, purchase->open_parts());
  const std::lock_guard lock(mutex_);
  take_ends(*purchase, false);
  put_an_end(*purchase, EndedBy::kHolder);
  return ok();
}

Result<void> IncomingDesk::leave_out(const std::string& id, const std::string& gateway) {
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    if (!current_ || current_->view.id != id) return fail(ErrorCode::kNotFound, "no such purchase");
    const auto& sections = current_->view.sections;
    const auto found = std::ranges::find(sections, gateway, &IncomingSection::gateway);
    if (found == sections.end()) return fail(ErrorCode::kNotFound, "no such part of the purchase");
    const auto number = static_cast<std::size_t>(found - sections.begin());
    // While it is worked on, a dialogue belongs to who works on it; one that has ended has its end.
    const bool has_ended = found->end || current_->view.state == IncomingState::kWorking ||
                           (current_->parts[number].dialogue && is_over(*current_->parts[number].dialogue));
    if (has_ended) return fail(ErrorCode::kConflict, "it cannot be left out at this point");
    is_last = current_->open_parts().size() == 1;
    if (!is_last) take_out(*current_, number);
  }
  return is_last ? refuse(id) : ok();
}

// Its shop is told where its dialogue stands, and nobody waits for what it says to that; else who opens it is
// interrupted. The PC tells the shop, too, since the ways end with the others'.
void IncomingDesk::take_out(Purchase& purchase, std::size_t number) {
  IncomingSection& section = purchase.view.sections[number];
  put_end(purchase, number, left_out());
  section.asks = false;
  section.trouble.clear();
  const auto state = purchase.view.state;
  auto dialogue = std::move(purchase.parts[number].dialogue);
  purchase.computer->tell(link::Cancel{purchase.start.purchase, link::CancelledBy::kWallet, section.gateway});
  if (dialogue) {
    dialogue->cancel();
    purchase.told.push_back(
        std::async(std::launch::async, [left = std::move(dialogue)] { left->tell_gateway(); }));
  } else {
    purchase.computer->hang_up(section.gateway);
  }
  // The others are still waited for.
  if (state == IncomingState::kOpening) return change(purchase, state);
  show(purchase);
}

Result<void> IncomingDesk::dismiss(const std::string& id) {
  Shared before;
  const std::lock_guard lock(mutex_);
  if (!current_ || current_->view.id != id) return fail(ErrorCode::kNotFound, "no such purchase");
  if (current_->view.state != IncomingState::kEnded)
    return fail(ErrorCode::kConflict, "the purchase is still under way");
  before = std::exchange(current_, nullptr);
  ++version_;
  changed_.notify_all();
  return ok();
}

}  // namespace countersign::wallet
