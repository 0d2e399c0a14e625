// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <string_view>

#include "mediator/sides.h"

namespace countersign::mediator {

// TerminalScreen shows a purchase in a terminal, for those who have no extension. The order of the last look
// appears on the terminal and nowhere else.
class TerminalScreen final : public PurchaseScreen {
 public:
  // `out` outlives it; `on_review` is called when an answer is wanted, once.
  TerminalScreen(std::ostream& out, std::function<void()> on_review)
      : out_(out), on_review_(std::move(on_review)) {}

  void show_code(std::string_view code);
  void show_progress(std::string_view state) override;
  void show_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) override;
  void show_end(const PurchaseEnd& end) override;
  // How it ended, when it has.
  std::optional<PurchaseEnd> end() const;

 private:
  std::ostream& out_;
  const std::function<void()> on_review_;
  mutable std::mutex mutex_;  // guards what is written, and what follows
  bool reviewed_ = false;
  std::optional<PurchaseEnd> end_;
};

// The program's last word where not all is confirmed; each order's end is on the screen.
std::string_view why_not_confirmed(const PurchaseEnd& end);

}  // namespace countersign::mediator
