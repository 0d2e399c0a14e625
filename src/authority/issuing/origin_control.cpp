// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/origin_control.h"

namespace countersign::authority {

namespace {

constexpr std::size_t kMostAnswer = 4096;

class HttpOriginFetch final : public OriginFetch {
 public:
  explicit HttpOriginFetch(http::AddressPolicy policy) : policy_(policy) {}

  Result<std::string> fetch(std::string_view origin, std::string_view path) override {
    http::ClientOptions options;
    options.addresses = policy_;
    options.connect_timeout = std::chrono::seconds(5);
    options.total_timeout = std::chrono::seconds(10);
    options.max_response = kMostAnswer;
    TRY(const auto client, http::Client::create(std::string(origin), std::move(options)));
    TRY(const auto response, client->get(path));
    if (response.status != 200) {
      return fail(ErrorCode::kUnavailable, "the origin answered " + std::to_string(response.status));
    }
    return to_text(response.body);
  }

 private:
  const http::AddressPolicy policy_;
};

Result<std::string> with_port(const std::string& origin, unsigned short port) {
  if (port == 0) return origin;
  TRY(auto url, http::parse_url(origin));
  url.port = port;
  return url.origin();
}

}  // namespace

std::unique_ptr<OriginFetch> make_origin_fetch(http::AddressPolicy policy) {
  return std::make_unique<HttpOriginFetch>(policy);
}

std::string key_authorization(std::string_view token, const crypto::PublicKey& key) {
  return std::string(token) + "." + base64url_encode(key.spki_digest());
}

Result<void> check_origin_control(OriginFetch& fetch, const std::vector<std::string>& origins,
                                  unsigned short port, std::string_view token, const crypto::PublicKey& key) {
  const auto expected = key_authorization(token, key);
  const auto path = "/.well-known/countersign/" + std::string(token);
  for (const auto& origin : origins) {
    TRY(const auto asked, with_port(origin, port));
    auto answer = fetch.fetch(asked, path);
    if (!answer)
      return fail(ErrorCode::kWrongOrigin, origin + ": challenge not fetched: " + answer.error().detail);
    std::string_view text = answer.value();
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text != expected)
      return fail(ErrorCode::kWrongOrigin, origin + ": does not show the challenge's answer");
  }
  return ok();
}

}  // namespace countersign::authority
