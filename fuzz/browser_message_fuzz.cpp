// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "fuzz/property.h"
#include "http/url.h"
#include "mediator/conversation.h"

namespace {

using namespace countersign;
using fuzz::require;

constexpr std::size_t kAskedAbout = 1;  // checkouts of the conversation below

// Nothing but an end may come of what is no message of the protocol, and nothing after the end.
struct Screen final : mediator::PurchaseScreen {
  void show_progress(std::string_view) override { require(!ended, "nothing is shown after the end"); }
  void show_review(const std::vector<link::ShownOrder>& orders, std::size_t not_shown) override {
    require(!ended, "no order is shown after the end");
    require(orders.size() + not_shown <= kAskedAbout, "no order is shown that nobody asked about");
  }
  void show_end(const mediator::PurchaseEnd& end) override {
    require(!ended, "there is one end");
    require((end.outcome == link::Outcome::kConfirmed) == !end.code, "what is not confirmed has a code");
    ended = true;
  }
  bool ended = false;
};

void require_sound(const mediator::PurchaseNotice& notice) {
  require(!notice.checkouts.empty() && notice.checkouts.size() <= link::kMostCheckouts, "1 to 8 checkouts");
  std::set<std::string> gateways;
  const auto origin = http::parse_url(notice.origin);
  require(origin && origin.value().scheme == "https" && origin.value().origin() == notice.origin,
          "pages are https origins");
  for (const auto& named : notice.checkouts) {
    const auto gateway = http::parse_url(named.gateway);
    require(gateway && gateway.value().origin() == named.gateway, "gateways are origins");
    require(gateways.insert(named.gateway).second, "each gateway stands once");
    for (const char c : named.token + named.checkout) {
      require(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_',
              "tokens need no encoding");
    }
  }
}

}  // namespace

// The first byte says who speaks: the browser, the wallet or the gateway.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView text(data + 1, size - 1);
  if (data[0] % 3 == 0) {
    const auto message = mediator::read_browser_message(text);
    const auto* start = message ? std::get_if<mediator::StartPurchase>(&message.value()) : nullptr;
    if (start != nullptr) require_sound(start->notice);
    return 0;
  }
  Screen screen;
  bool over = false;
  mediator::Conversation talk(
      {{{"https://g.example", "c", "t", {"plain"}}}, "https://s.example", true},
      "0b7ef2a6-4f0e-4f6b-8f0a-0f3c5a5f1e11", "",
      {screen, [](const link::Control&) {}, [](const auto&) {}, [&] { over = true; }});
  talk.begin();
  if (data[0] % 3 == 1) {
    talk.take_wallet_message(text);
    talk.take_wallet_message(text);
  } else {
    static_cast<void>(talk.take_shop_message("https://g.example", text));
  }
  talk.leave();
  require(over == screen.ended && over == talk.is_over(), "an end is told to all");
  return 0;
}
