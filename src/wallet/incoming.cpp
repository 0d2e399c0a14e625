// SPDX-License-Identifier: Apache-2.0
#include "wallet/incoming.h"

#include <algorithm>

#include "crypto/secret.h"

namespace countersign::wallet {
namespace {

using documents::OrderProfile;

DialogueEnd failed(const Error& error) {
  return {DialogueResult::kFailed, "", std::string(error_name(error.code))};
}

// The profiles that the shop takes and the holder permits, strongest first. Where nothing is paid by the
// wallet no payment data can leak.
std::vector<OrderProfile> acceptable(const std::vector<std::string>& offered, OrderProfile weakest) {
  std::vector<OrderProfile> profiles;
  for (const auto profile : {OrderProfile::kSession, OrderProfile::kPlain, OrderProfile::kDirect}) {
    const bool is_offered =
        std::find(offered.begin(), offered.end(), documents::profile_name(profile)) != offered.end();
    if (is_offered && (profile >= weakest || profile == OrderProfile::kDirect)) profiles.push_back(profile);
  }
  return profiles;
}

EndedBy ended_by(link::CancelledBy by) {
  return by == link::CancelledBy::kShop ? EndedBy::kShop : EndedBy::kBrowser;
}

// What the browser shows for a last look (F6 S25).
link::ShownOrder shown_order(const DialogueRequest& request) {
  const documents::Order& order = *request.order;
  link::ShownOrder shown;
  shown.merchant = order.merchant.subject.text();
  shown.origin = order.origin;
  for (const auto& line : order.lines)
    shown.lines.push_back({line.sku, line.description, line.quantity, line.unit_price});
  shown.total = order.total.minor_units;
  shown.currency = order.total.currency;
  return shown;
}

std::optional<ErrorCode> code_of(const DialogueEnd& end) {
  switch (end.result) {
    case DialogueResult::kConfirmed:
    case DialogueResult::kIdentified:
      return std::nullopt;
    case DialogueResult::kCancelled:
      return ErrorCode::kCancelled;
    case DialogueResult::kDeclined:
      return ErrorCode::kForbidden;
    case DialogueResult::kUnknown:
      return ErrorCode::kUnavailable;
    default:
      return error_of_name(end.code).value_or(ErrorCode::kUnavailable);
  }
}

link::Outcome outcome_of(DialogueResult result) {
  switch (result) {
    case DialogueResult::kConfirmed:
    case DialogueResult::kIdentified:
      return link::Outcome::kConfirmed;
    case DialogueResult::kRefused:
    case DialogueResult::kDeclined:
      return link::Outcome::kRefused;
    case DialogueResult::kCancelled:
      return link::Outcome::kCancelled;
    default:
      return link::Outcome::kFailed;
  }
}

}  // namespace

std::string_view state_name(IncomingState state) {
  switch (state) {
    case IncomingState::kOpening:
      return "opening";
    case IncomingState::kAsked:
      return "asked";
    case IncomingState::kWorking:
      return "working";
    case IncomingState::kReview:
      return "review";
    case IncomingState::kEnded:
      return "ended";
  }
  return "ended";
}

struct IncomingDesk::Purchase {
  link::Start start;
  std::vector<OrderProfile> profiles;
  std::shared_ptr<ComputerSide> computer;
  IncomingView view;
  std::unique_ptr<Dialogue> dialogue;
  std::optional<EndedBy> stopped;  // somebody wants it over; whoever works on it sees to that
  link::PurchaseState furthest = link::PurchaseState::kAsked;  // told to the PC
  bool committed = false;  // the signed order is about to leave, or has left
  bool looked_at = false;  // the browser has said "continue"; it is not asked twice
};

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
  auto profiles = acceptable(start.profiles, options_.weakest);
  if (profiles.empty()) return refuse(ErrorCode::kForbidden);
  const std::lock_guard lock(mutex_);
  if (current_ && current_->view.state != IncomingState::kEnded) return refuse(ErrorCode::kConflict);
  // The purchase before has ended; what is left of its thread is about to.
  if (opening_.joinable()) opening_.join();
  current_ = std::make_shared<Purchase>();
  current_->start = start;
  current_->profiles = std::move(profiles);
  current_->view.id = start.purchase;
  current_->view.computer = computer->name();
  current_->view.attested = start.attested;
  current_->view.code = start.code;
  current_->computer = std::move(computer);
  change(*current_, IncomingState::kOpening);
  opening_ = std::thread([this, purchase = current_] { open(purchase); });
  return true;
}

void IncomingDesk::open(const Shared& purchase) {
  const link::Start& start = purchase->start;
  auto dialogue = Dialogue::open(
      parties_, options_.wait,
      {start.gateway, start.checkout, start.token, start.attested ? start.origin : "", purchase->profiles},
      purchase->computer->carrier(start.gateway));
  auto holder = HolderData(parties_).summary();
  // That the connection ended is less than the PC may have heard from the gateway's relay.
  if (!dialogue && dialogue.error().code == ErrorCode::kUnavailable) {
    if (const auto reason = purchase->computer->closed_because()) dialogue = fail(*reason, "said by the PC");
  }
  const std::lock_guard lock(mutex_);
  std::optional<Error> refused;
  if (dialogue) {
    purchase->dialogue = std::move(dialogue).value();
  } else {
    refused = dialogue.error();
  }
  if (holder) purchase->view.holder = std::move(holder).value();
  const bool is_decided = purchase->dialogue && purchase->dialogue->next() == Dialogue::Next::kEnded;
  if (purchase->stopped && !is_decided) return put_an_end(*purchase, *purchase->stopped);
  if (refused) return finish(*purchase, failed(*refused), EndedBy::kOutcome);
  show(*purchase);
}

// What the dialogue has come to, for the holder and for the PC.
void IncomingDesk::show(Purchase& purchase) {
  switch (purchase.dialogue->next()) {
    case Dialogue::Next::kInformation:
    case Dialogue::Next::kPayment:
      purchase.view.request = purchase.dialogue->request();
      tell_progress(purchase, link::PurchaseState::kAsked);
      return change(purchase, IncomingState::kAsked);
    case Dialogue::Next::kReview:
      purchase.view.request = purchase.dialogue->request();
      if (purchase.looked_at) return change(purchase, IncomingState::kAsked);
      tell_progress(purchase, link::PurchaseState::kReview);
      purchase.computer->tell(link::Review{purchase.start.purchase, shown_order(*purchase.view.request)});
      return change(purchase, IncomingState::kReview);
    case Dialogue::Next::kEnded:
      return finish(purchase, purchase.dialogue->end(), EndedBy::kOutcome);
  }
}

// For the PC there is no way back from an approval: going back would look like another purchase to it.
void IncomingDesk::tell_progress(Purchase& purchase, link::PurchaseState state) {
  const bool is_question = state < link::PurchaseState::kApproved;
  if (is_question ? purchase.furthest >= link::PurchaseState::kApproved : purchase.furthest >= state) return;
  purchase.furthest = std::max(purchase.furthest, state);
  purchase.computer->tell(link::Progress{purchase.start.purchase, state});
}

void IncomingDesk::change(Purchase& purchase, IncomingState state) {
  purchase.view.state = state;
  ++version_;
  changed_.notify_all();
}

void IncomingDesk::finish(Purchase& purchase, DialogueEnd end, EndedBy by) {
  purchase.computer->tell(link::Ended{purchase.start.purchase, outcome_of(end.result), code_of(end)});
  purchase.computer->hang_up();
  purchase.dialogue.reset();
  purchase.view.end = std::move(end);
  purchase.view.by = by;
  change(purchase, IncomingState::kEnded);
}

// Ends a purchase whose signed order has not left. One that is being worked on is interrupted, and ended by
// who works on it: its dialogue belongs to them, however many want it over.
void IncomingDesk::stop(Purchase& purchase, EndedBy by) {
  if (purchase.view.state == IncomingState::kEnded) return;
  if (purchase.committed) {
    // Counts only when nothing has left, or what left was declined.
    if (by == EndedBy::kLostLink) purchase.stopped = by;
    return;
  }
  const bool is_busy =
      purchase.view.state == IncomingState::kWorking || purchase.view.state == IncomingState::kOpening;
  if (!is_busy) return put_an_end(purchase, by);
  if (purchase.stopped) return;
  purchase.stopped = by;
  purchase.computer->hang_up();
}

void IncomingDesk::put_an_end(Purchase& purchase, EndedBy by) {
  const bool is_lost = by == EndedBy::kLostLink;
  // What was lost on the way can be begun again with the same order.
  if (purchase.dialogue && !is_lost) purchase.dialogue->cancel(Dialogue::Who::kOther);
  if (by == EndedBy::kHolder)
    purchase.computer->tell(link::Cancel{purchase.start.purchase, link::CancelledBy::kWallet});
  DialogueEnd end{is_lost ? DialogueResult::kFailed : DialogueResult::kCancelled, "",
                  std::string(error_name(is_lost ? ErrorCode::kUnavailable : ErrorCode::kCancelled))};
  finish(purchase, std::move(end), by);
}

bool IncomingDesk::is_of(const ComputerSide& computer) const {
  return current_ && current_->computer.get() == &computer;
}

void IncomingDesk::go_on(const std::string& purchase, const ComputerSide& computer) {
  const std::lock_guard lock(mutex_);
  if (!is_of(computer) || current_->view.id != purchase || current_->view.state != IncomingState::kReview)
    return;
  current_->looked_at = true;
  tell_progress(*current_, link::PurchaseState::kAsked);
  change(*current_, IncomingState::kAsked);
}

void IncomingDesk::cancel(const std::string& purchase, const ComputerSide& computer, link::CancelledBy by) {
  const std::lock_guard lock(mutex_);
  if (is_of(computer) && current_->view.id == purchase) stop(*current_, ended_by(by));
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

// The last gate: from here on the purchase cannot be cancelled.
Result<void> IncomingDesk::commit(const Shared& purchase) {
  const std::lock_guard lock(mutex_);
  if (purchase->stopped) return fail(ErrorCode::kCancelled, "cancelled in the meantime");
  purchase->committed = true;
  tell_progress(*purchase, link::PurchaseState::kApproved);
  tell_progress(*purchase, link::PurchaseState::kConfirming);
  return ok();
}

Result<IncomingDesk::Shared> IncomingDesk::claim(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (!current_ || current_->view.id != id) return fail(ErrorCode::kNotFound, "no such purchase");
  if (current_->view.state != IncomingState::kAsked)
    return fail(ErrorCode::kConflict, "nothing is asked at this point");
  change(*current_, IncomingState::kWorking);
  return current_;
}

Result<void> IncomingDesk::run(const Shared& purchase, const Release& release,
                               const crypto::SecretBytes& pin) {
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  const auto may_commit = [&] { return commit(purchase); };
  Dialogue& dialogue = *purchase->dialogue;
  if (dialogue.next() == Dialogue::Next::kInformation) {
    TRY(dialogue.release(release, may_commit));
  } else {
    TRY(dialogue.pay(release.means, may_commit));
  }
  return ok();
}

Result<void> IncomingDesk::approve(const std::string& id, const Release& release, std::string_view code,
                                   const crypto::SecretBytes& pin) {
  TRY(const auto purchase, claim(id));
  const bool is_compared = purchase->start.attested || code == purchase->start.code;
  auto done = is_compared ? run(purchase, release, pin)
                          : Result<void>(fail(ErrorCode::kForbidden, "compare the code with the PC's first"));
  const std::lock_guard lock(mutex_);
  // What was interrupted fails by that; it ends for the reason of the interruption.
  const bool is_decided = purchase->dialogue->next() == Dialogue::Next::kEnded &&
                          purchase->dialogue->end().result != DialogueResult::kFailed;
  if (!is_decided) purchase->committed = false;  // nothing has left, or it was declined
  if (purchase->stopped && !is_decided) {
    put_an_end(*purchase, *purchase->stopped);
    return fail(ErrorCode::kCancelled, "cancelled in the meantime");
  }
  show(*purchase);
  return done;
}

Result<void> IncomingDesk::refuse(const std::string& id) {
  Shared purchase;
  {
    const std::lock_guard lock(mutex_);
    if (!current_ || current_->view.id != id) return fail(ErrorCode::kNotFound, "no such purchase");
    if (current_->committed || current_->view.state == IncomingState::kEnded)
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
  // The shop first: the PC ends the link to it when it hears of this.
  purchase->dialogue->cancel(Dialogue::Who::kHolder);
  const std::lock_guard lock(mutex_);
  purchase->computer->tell(link::Cancel{id, link::CancelledBy::kWallet});
  finish(*purchase, purchase->dialogue->end(), EndedBy::kHolder);
  return ok();
}

Result<void> IncomingDesk::dismiss(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (!current_ || current_->view.id != id) return fail(ErrorCode::kNotFound, "no such purchase");
  if (current_->view.state != IncomingState::kEnded)
    return fail(ErrorCode::kConflict, "the purchase is still under way");
  current_.reset();
  ++version_;
  changed_.notify_all();
  return ok();
}

}  // namespace countersign::wallet
