// SPDX-License-Identifier: Apache-2.0
#include "mediator/terminal_screen.h"

#include <fmt/format.h>

#include <map>
#include <ostream>
#include <utility>

namespace countersign::mediator {
namespace {

std::string_view words_of(std::string_view state) {
  static const std::map<std::string_view, std::string_view> kWords = {
      {"searching", "Looking for your terminal …"}, {"connected", "Your terminal is connected."},
      {"asked", "Your terminal asks you now."},     {"review", "Look at the order once more."},
      {"approved", "You approved the purchase."},   {"confirming", "The shop and the authority confirm it …"},
  };
  const auto found = kWords.find(state);
  return found == kWords.end() ? state : found->second;
}

std::string_view words_of(const PurchaseEnd& end) {
  switch (end.outcome) {
    case link::Outcome::kConfirmed:
      return "The purchase is confirmed.";
    case link::Outcome::kRefused:
      return "The purchase was refused.";
    case link::Outcome::kCancelled:
      return "The purchase was cancelled. Nothing was bought.";
    case link::Outcome::kPartly:
      return "Some of the orders are confirmed, others are not.";
    case link::Outcome::kUndecided:
      return "The purchase was approved and is not decided yet.";
    case link::Outcome::kFailed:
    case link::Outcome::kLeftOut:  // of one of several only
      break;
  }
  return "The purchase did not come about.";
}

}  // namespace

void TerminalScreen::show_code(std::string_view code) {
  const std::lock_guard lock(mutex_);
  out_ << "No browser vouches for the page. Go on only if your terminal shows this code: "
       << code.substr(0, 3) << ' ' << code.substr(3) << "\n"
       << std::flush;
}

void TerminalScreen::show_progress(std::string_view state) {
  const std::lock_guard lock(mutex_);
  out_ << words_of(state) << "\n" << std::flush;
}

void TerminalScreen::show_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = !std::exchange(reviewed_, true);
    if (!is_first) out_ << "\nNot all of it is bought any more; what is left:\n";
    for (const auto& order : orders) {
      out_ << order.merchant << "\n" << order.origin << "\n";
      for (const auto& line : order.lines) {
        out_ << fmt::format("  {:>5} × {}  ({} each)\n", line.quantity, line.description, line.unit_price);
      }
      out_ << fmt::format("Total: {} (in the smallest unit of {})\n", order.total, order.currency);
    }
    if (orders.size() + not_shown > 1)
      out_ << fmt::format("{} merchants: each order is decided by itself.\n", orders.size() + not_shown);
    if (not_shown > 0)
      out_ << fmt::format("Not all of it is shown here: of {} more your terminal shows what is bought.\n",
                          not_shown);
    out_ << "Continue? [y/N] " << std::flush;
  }
  if (is_first) on_review_();
}

void TerminalScreen::show_end(const PurchaseEnd& end) {
  const std::lock_guard lock(mutex_);
  out_ << words_of(end);
  if (end.code) out_ << " (" << error_name(*end.code) << ")\n" << end.remedy;
  out_ << "\n";
  for (const auto& one : end.checkouts) {
    const bool is_left_out = one.outcome == link::Outcome::kLeftOut;
    out_ << "  " << one.gateway << ": "
         << (is_left_out ? "left out at the terminal" : link::outcome_name(one.outcome));
    if (one.code && !is_left_out) out_ << " (" << error_name(*one.code) << ")";
    out_ << "\n";
  }
  out_ << std::flush;
  end_ = end;
}

std::string_view why_not_confirmed(const PurchaseEnd& end) {
  switch (end.outcome) {
    case link::Outcome::kPartly:
      return "some of the orders are confirmed, others are not";
    case link::Outcome::kUndecided:
      return "the purchase is not decided yet";
    default:
      return "the purchase did not come about";
  }
}

std::optional<PurchaseEnd> TerminalScreen::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

}  // namespace countersign::mediator
