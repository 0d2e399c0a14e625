// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_gate.h"

#include <algorithm>

#include "crypto/random.h"
#include "crypto/secret.h"

namespace countersign::wallet {
namespace {

constexpr std::string_view kCookie = "countersign-wallet";
constexpr std::string_view kKeyHeader = "Countersign-Key";
constexpr int kMaxWrongTokens = 20;

bool is_same(std::string_view a, std::string_view b) {
  return crypto::equal_constant_time(as_bytes(a), as_bytes(b));
}

std::string_view cookie_of(const http::Request& request) {
  std::string_view rest = request.header("Cookie");
  while (!rest.empty()) {
    const auto item = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (item.substr(0, item.find('=')) == kCookie && item.size() > kCookie.size()) {
      return item.substr(kCookie.size() + 1);
    }
  }
  return {};
}

}  // namespace

std::string ScreenGate::host() const {
  return "127.0.0.1:" + std::to_string(port_);
}

std::string ScreenGate::new_address() {
  const std::lock_guard lock(mutex_);
  token_ = crypto::random_token();
  wrong_tokens_ = 0;
  return "http://" + host() + "/#" + token_;
}

Result<void> ScreenGate::admit_page(const http::Request& request) const {
  if (port_ == 0 || request.header("Host") != host()) {
    return fail(ErrorCode::kForbidden, "this page answers under its own address only");
  }
  return ok();
}

Result<void> ScreenGate::check_origin(const http::Request& request) const {
  TRY(admit_page(request));
  const auto origin = request.header("Origin");
  const bool changes = request.method != "GET" && request.method != "HEAD";
  if ((changes || !origin.empty()) && origin != "http://" + host()) {
    return fail(ErrorCode::kForbidden, "asked by another page");
  }
  const auto site = request.header("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin") return fail(ErrorCode::kForbidden, "asked by another site");
  return ok();
}

Result<void> ScreenGate::admit(const http::Request& request) const {
  TRY(check_origin(request));
  const std::lock_guard lock(mutex_);
  if (session_.cookie.empty() || !is_same(cookie_of(request), session_.cookie) ||
      !is_same(request.header(kKeyHeader), session_.key)) {
    return fail(ErrorCode::kUnauthenticated, "open the address that the wallet printed");
  }
  return ok();
}

Result<ScreenGate::Session> ScreenGate::exchange(const http::Request& request) {
  TRY(check_origin(request));
  const std::lock_guard lock(mutex_);
  if (token_.empty())
    return fail(ErrorCode::kUnauthenticated, "the address was opened already; ask for a new one");
  if (wrong_tokens_ >= kMaxWrongTokens)
    return fail(ErrorCode::kRateLimited, "too many wrong tokens; ask for a new address");
  if (!is_same(as_text(request.body), token_)) {
    ++wrong_tokens_;
    return fail(ErrorCode::kUnauthenticated, "not the token of this wallet");
  }
  token_.clear();
  session_ = {crypto::random_token(), crypto::random_token()};
  return Session{std::string(kCookie) + "=" + session_.cookie + "; Path=/; HttpOnly; SameSite=Strict",
                 session_.key};
}

}  // namespace countersign::wallet
