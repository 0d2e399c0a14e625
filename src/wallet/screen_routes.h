// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "crypto/secret.h"
#include "http/json_answer.h"
#include "http/router.h"
#include "wallet/screen_gate.h"

namespace countersign::wallet {

// ScreenRoutes adds routes of the local screen to a router: each answers only whom the gate admits, and those
// that take a PIN run one at a time.
class ScreenRoutes {
 public:
  using Answer = Result<http::Response>;
  using Lines = std::vector<crypto::SecretBytes>;
  using LineWork = std::function<Answer(const std::string& id, const Lines&)>;

  // All outlive the router. `card` is held from a request's log-in to its log-out.
  ScreenRoutes(http::Router& router, const ScreenGate& gate, std::mutex& card)
      : router_(router), gate_(gate), card_(card) {}

  void get(std::string_view pattern, std::function<Answer(const http::Request&)> work);
  void post(std::string_view pattern, std::function<Answer(const http::Request&)> work);
  // Takes `count` lines of text/plain, the PIN among them; of `count` lines all or, with kFirst, the first at
  // least must say something.
  enum class Filled { kAll, kFirst };
  void post_lines(std::string_view pattern, std::size_t count, LineWork work, Filled filled = Filled::kAll);

 private:
  void add(std::string_view method, std::string_view pattern,
           std::function<Answer(const http::Request&)> work);
  http::Router& router_;
  const ScreenGate& gate_;
  std::mutex& card_;
};

// Answers of the screen's API.
Result<http::Response> done(Result<void> result);  // {}
std::string text_of(const crypto::SecretBytes& line);
// The one member of a JSON body.
Result<std::string> one_text(const http::Request& request, std::string_view member, std::size_t max);

}  // namespace countersign::wallet
