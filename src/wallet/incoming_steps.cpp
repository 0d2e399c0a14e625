// SPDX-License-Identifier: Apache-2.0
// The way of a purchase from step to step, at all its merchants.
#include <ranges>

#include "crypto/secret.h"
#include "wallet/incoming_purchase.h"

namespace countersign::wallet {
namespace {

DialogueEnd failed(const Error& error) {
  return {DialogueResult::kFailed, "", std::string(error_name(error.code))};
}

// Whether both are under way with one merchant, whatever its gateway is called.
bool is_same(const Dialogue& a, const Dialogue& b) {
  return !is_over(a) && !is_over(b) && a.request().merchant == b.request().merchant;
}

// Whether what it asks next is to sign the order: orders are approved together.
bool has_order(const Dialogue& dialogue) {
  return dialogue.request().order.has_value();
}

// All that an approval answers to.
std::vector<AskedPart> what_is_asked(const IncomingView& view) {
  std::vector<AskedPart> asked;
  for (std::size_t number = 0; number < view.sections.size(); ++number) {
    const IncomingSection& section = view.sections[number];
    if (!section.asks || !section.request) continue;
    const DialogueRequest& request = *section.request;
    AskedPart part{number, request.purpose, request.fields, request.methods, request.companies,
                   {},     request.declined};
    if (request.order) {
      if (auto order = documents::write_order(*request.order)) part.order = std::move(order).value();
    }
    asked.push_back(std::move(part));
  }
  return asked;
}

// What of the holder's agreement this merchant may be told.
Release release_to(const DialogueRequest& request, const Release& agreed) {
  Release release{{}, agreed.means};
  for (const auto& field : agreed.fields) {
    if (std::ranges::find(request.fields, field) != request.fields.end()) release.fields.push_back(field);
  }
  return release;
}

}  // namespace

Result<std::unique_ptr<Dialogue>> IncomingDesk::open_part(
    Purchase& purchase, std::size_t number, const std::vector<documents::OrderProfile>& profiles) {
  const link::Start& start = purchase.start;
  const link::NamedCheckout& named = start.checkouts[number];
  auto dialogue = Dialogue::open(parties_, options_.wait,
                                 {named.gateway, named.checkout, named.token, start.origin, profiles,
                                  group_of(start.checkouts), start.attested},
                                 purchase.computer->carrier(named.gateway));
  // That the connection ended is less than the PC may have heard from the gateway's relay.
  if (!dialogue && dialogue.error().code == ErrorCode::kUnavailable) {
    if (const auto reason = purchase.computer->closed_because(named.gateway))
      return fail(*reason, "said by the PC");
  }
  return dialogue;
}

void IncomingDesk::open(const Shared& purchase) {
  auto summary = HolderData(parties_).summary();
  auto holder = summary ? std::move(summary).value() : HolderDataSummary{};
  std::vector<std::optional<DialogueEnd>> refused(purchase->parts.size());
  for (std::size_t number = 0; number < purchase->parts.size(); ++number) {
    {
      const std::lock_guard lock(mutex_);
      if (purchase->stopped) break;
      if (purchase->view.sections[number].end) continue;  // left out
    }
    auto dialogue = open_part(*purchase, number, profiles_for(purchase->start.checkouts[number], holder));
    const auto taken =
        dialogue ? take_opened(*purchase, number, std::move(dialogue).value()) : fail(dialogue.error());
    if (!taken) refused[number] = failed(taken.error());
  }
  const std::lock_guard lock(mutex_);
  purchase->view.holder = std::move(holder);
  take_ends(*purchase, false);
  if (purchase->stopped && !purchase->open_parts().empty()) return put_an_end(*purchase, *purchase->stopped);
  for (std::size_t number = 0; number < refused.size(); ++number) {
    if (refused[number] && !purchase->view.sections[number].end)
      put_end(*purchase, number, std::move(*refused[number]));
  }
  end_withdrawn(*purchase);
  show(*purchase);
}

// What may have been paid in profile set is taken up again in it, whatever the holder has by now.
std::vector<documents::OrderProfile> IncomingDesk::profiles_for(const link::NamedCheckout& named,
                                                                const HolderDataSummary& holder) {
  using documents::OrderProfile;
  auto profiles = permitted_profiles(options_.weakest, holder);
  const auto standing = parties_.store.standing_purchase(named.gateway, named.checkout);
  const bool stands = standing && !standing.value().empty();
  if (stands && std::ranges::find(profiles, OrderProfile::kSet) == profiles.end())
    profiles.insert(profiles.begin(), OrderProfile::kSet);
  return profiles;
}

// The holder sees who is there already, and who is waited for. kConflict where another asks for the same.
Result<void> IncomingDesk::take_opened(Purchase& purchase, std::size_t number,
                                       std::unique_ptr<Dialogue> dialogue) {
  const std::lock_guard lock(mutex_);
  IncomingSection& section = purchase.view.sections[number];
  if (section.end) {  // left out meanwhile
    dialogue->cancel();
    return ok();
  }
  const auto asks_the_same = [&](std::size_t earlier) {
    const auto& other = purchase.parts[earlier].dialogue;
    return other && is_same(*other, *dialogue) &&
           purchase.start.checkouts[earlier].checkout == purchase.start.checkouts[number].checkout;
  };
  if (std::ranges::any_of(std::views::iota(std::size_t{0}, number), asks_the_same))
    return fail(ErrorCode::kConflict, "checkout: named twice");
  if (dialogue->has_request()) section.request = dialogue->request();
  purchase.parts[number].dialogue = std::move(dialogue);
  change(purchase, purchase.view.state);
  return ok();
}

// Remembers how dialogues have ended; a failure may have come of an interruption, which says better why.
void IncomingDesk::take_ends(Purchase& purchase, bool with_failures) {
  for (const std::size_t number : purchase.open_parts()) {
    const auto& dialogue = purchase.parts[number].dialogue;
    if (!dialogue || !is_over(*dialogue)) continue;
    if (!with_failures && dialogue->end().result == DialogueResult::kFailed) continue;
    put_end(purchase, number, dialogue->end());
    purchase.view.sections[number].trouble.clear();
  }
}

// What the dialogues have come to, for the holder and for the PC. Those that have no order yet come first:
// orders are looked at and approved together. A look that one was taken out of is shown without it.
void IncomingDesk::show(Purchase& purchase) {
  take_ends(purchase, true);
  const auto open = purchase.open_parts();
  if (open.empty()) return finish(purchase, EndedBy::kOutcome);
  std::vector<std::size_t> without_order, to_review;
  for (const std::size_t number : open) {
    const Dialogue& dialogue = *purchase.parts[number].dialogue;
    purchase.view.sections[number].request = dialogue.request();
    if (!has_order(dialogue)) without_order.push_back(number);
    if (dialogue.next() == Dialogue::Next::kReview) to_review.push_back(number);
  }
  if (!without_order.empty()) return ask(purchase, without_order);
  if (!to_review.empty() && !purchase.looked_at) return review(purchase, to_review);
  ask(purchase, open);
}

void IncomingDesk::ask(Purchase& purchase, const std::vector<std::size_t>& numbers) {
  for (std::size_t number = 0; number < purchase.parts.size(); ++number)
    purchase.view.sections[number].asks = std::ranges::find(numbers, number) != numbers.end();
  // Nobody approves a sum that cannot be shown.
  if (const auto question = question_of(purchase.view); !question)
    return fail_all(purchase, question.error());
  if (auto asked = what_is_asked(purchase.view); asked != purchase.asked) {
    purchase.asked = std::move(asked);
    ++purchase.view.question;
  }
  tell_progress(purchase, link::PurchaseState::kAsked);
  change(purchase, IncomingState::kAsked);
}

void IncomingDesk::review(Purchase& purchase, const std::vector<std::size_t>& numbers) {
  link::Review review{purchase.start.purchase, {}, purchase.open_parts().size() - numbers.size()};
  for (const std::size_t number : numbers)
    review.orders.push_back(shown_order(*purchase.view.sections[number].request->order));
  // What fits into no message cannot be looked at, and is not bought unseen.
  if (const auto written = link::write_control(review); !written) return fail_all(purchase, written.error());
  for (auto& section : purchase.view.sections) section.asks = false;
  tell_progress(purchase, link::PurchaseState::kReview);
  purchase.computer->tell(review);
  change(purchase, IncomingState::kReview);
}

void IncomingDesk::fail_all(Purchase& purchase, const Error& error) {
  for (const std::size_t number : purchase.open_parts()) {
    purchase.parts[number].dialogue->cancel();
    put_end(purchase, number, failed(error));
  }
  finish(purchase, EndedBy::kOutcome);
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

// "Not bought" is said of nothing that an earlier dialogue has paid, as long as that may count. Where the
// store cannot say whether there is such a payment, there may be one.
void IncomingDesk::put_end(Purchase& purchase, std::size_t number, DialogueEnd end) {
  const bool is_no = end.result == DialogueResult::kCancelled || end.result == DialogueResult::kLeftOut;
  if (is_no || end.result == DialogueResult::kFailed) {
    const auto& named = purchase.start.checkouts[number];
    const auto standing = parties_.store.standing_purchase(named.gateway, named.checkout);
    if (!standing || !standing.value().empty())
      end = {DialogueResult::kUnknown, standing ? standing.value() : "", is_no ? "" : end.code};
  }
  purchase.view.sections[number].end = std::move(end);
}

void IncomingDesk::finish(Purchase& purchase, EndedBy by) {
  for (auto& section : purchase.view.sections) section.asks = false;
  purchase.view.end = joint_end(purchase.view.sections);
  purchase.view.by = by;
  purchase.computer->tell(told_end(purchase.view));
  purchase.computer->hang_up();
  for (auto& part : purchase.parts) part.dialogue.reset();
  change(purchase, IncomingState::kEnded);
}

void IncomingDesk::put_an_end(Purchase& purchase, EndedBy by) {
  const bool is_lost = by == EndedBy::kLostLink;
  for (const std::size_t number : purchase.open_parts()) {
    // What was lost on the way can be begun again with the same order.
    const auto& dialogue = purchase.parts[number].dialogue;
    if (dialogue && !is_lost) dialogue->cancel();
    put_end(purchase, number,
            {is_lost ? DialogueResult::kFailed : DialogueResult::kCancelled, "",
             std::string(error_name(is_lost ? ErrorCode::kUnavailable : ErrorCode::kCancelled))});
  }
  // A cancellation would hide from the PC what is confirmed.
  const bool is_all_cancelled = std::ranges::all_of(purchase.view.sections, [](const auto& section) {
    return section.end->result == DialogueResult::kCancelled ||
           section.end->result == DialogueResult::kLeftOut;
  });
  if (by == EndedBy::kHolder && is_all_cancelled)
    purchase.computer->tell(link::Cancel{purchase.start.purchase, link::CancelledBy::kWallet});
  finish(purchase, by);
}

// Not of what has been signed: its outcome is found out.
void IncomingDesk::end_withdrawn(Purchase& purchase) {
  for (const std::size_t number : purchase.open_parts()) {
    Part& part = purchase.parts[number];
    if (!part.withdrawn || part.committed) continue;
    if (part.dialogue) part.dialogue->cancel();
    put_end(purchase, number,
            {DialogueResult::kCancelled, "", std::string(error_name(ErrorCode::kCancelled))});
  }
}

// The last gate: from here on this order cannot be cancelled.
Result<void> IncomingDesk::commit(const Shared& purchase, std::size_t number) {
  const std::lock_guard lock(mutex_);
  if (purchase->stopped || purchase->parts[number].withdrawn)
    return fail(ErrorCode::kCancelled, "cancelled in the meantime");
  purchase->parts[number].committed = true;
  tell_progress(*purchase, link::PurchaseState::kApproved);
  tell_progress(*purchase, link::PurchaseState::kConfirming);
  return ok();
}

// One merchant after the other. Success where one of them took it; what failed at others stands in their
// sections.
Result<void> IncomingDesk::run(const Shared& purchase, const Release& release,
                               const crypto::SecretBytes& pin) {
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  bool is_taken = false;
  std::optional<Error> first;
  for (std::size_t number = 0; number < purchase->parts.size(); ++number) {
    if (!purchase->view.sections[number].asks) continue;
    const auto done = run_part(purchase, number, release);
    if (done) is_taken = true;
    if (!done && !first) first = done.error();
  }
  if (first && !is_taken) return fail(*first);
  return ok();
}

Result<void> IncomingDesk::run_part(const Shared& purchase, std::size_t number, const Release& release) {
  Dialogue& dialogue = *purchase->parts[number].dialogue;
  const auto may_commit = [&] { return commit(purchase, number); };
  const auto done = dialogue.next() == Dialogue::Next::kInformation
                        ? dialogue.release(release_to(dialogue.request(), release), may_commit)
                        : dialogue.pay(release.means, may_commit);
  const std::lock_guard lock(mutex_);
  // Of a single one the holder hears by the answer to the approval.
  if (purchase->parts.size() > 1)
    purchase->view.sections[number].trouble = done ? "" : std::string(error_name(done.error().code));
  // What was declined, or has not left, can be cancelled again.
  const bool is_decided = is_over(dialogue) && dialogue.end().result != DialogueResult::kFailed;
  if (!is_decided) purchase->parts[number].committed = false;
  if (!done) return fail(done.error());
  return ok();
}

// Tells the shops whose orders were cancelled while an approval was worked on, wherever their connections
// stand: what was declined meanwhile is among them.
bool IncomingDesk::withdraw_at_shops(const Shared& purchase) {
  {
    const std::lock_guard lock(mutex_);
    if (!purchase->stopped || *purchase->stopped == EndedBy::kLostLink || purchase->hung_up) return false;
  }
  std::vector<std::size_t> numbers;
  for (std::size_t number = 0; number < purchase->parts.size(); ++number) {
    const Part& part = purchase->parts[number];
    if (part.dialogue && !part.committed && !is_over(*part.dialogue)) numbers.push_back(number);
  }
  cancel_at_shops(*purchase, numbers);
  return !numbers.empty();
}

// At all of them at once. The ways are cut to who has not answered in time: whoever tells them ends then.
void IncomingDesk::cancel_at_shops(Purchase& purchase, const std::vector<std::size_t>& numbers) {
  std::vector<std::future<void>> told;
  for (const std::size_t number : numbers) {
    Dialogue& dialogue = *purchase.parts[number].dialogue;
    dialogue.cancel();
    told.push_back(std::async(std::launch::async, [&dialogue] { dialogue.tell_gateway(); }));
  }
  const auto until = std::chrono::steady_clock::now() + options_.longest_telling;
  const bool have_answered = std::ranges::all_of(
      told, [&](const auto& one) { return one.wait_until(until) == std::future_status::ready; });
  if (!have_answered) purchase.computer->hang_up();
}

}  // namespace countersign::wallet
