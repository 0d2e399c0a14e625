// SPDX-License-Identifier: Apache-2.0
#include "http/websocket_handshake.h"

#include "crypto/digest.h"

namespace countersign::http {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";
constexpr std::size_t kKeySize = 16;

bool is_same(std::string_view a, std::string_view b) {
  const CaseInsensitiveLess less;
  return !less(a, b) && !less(b, a);
}

// Whether a comma-separated list (RFC 9110 §5.6.1) has this item; subprotocols differ by case, tokens do not.
enum class Case { kMatters, kIgnored };
bool has_item(std::string_view list, std::string_view wanted, Case letters) {
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    item = item.substr(0, item.find_last_not_of(" \t") + 1);
    if (letters == Case::kMatters ? item == wanted : is_same(item, wanted)) return true;
  }
  return false;
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  return base64_encode(crypto::sha1(as_bytes(std::string(key).append(kGuid))));
}

Result<void> check_upgrade(const Request& request, std::string_view subprotocol) {
  if (request.method != "GET" || !is_same(request.header("Upgrade"), "websocket") ||
      !has_item(request.header("Connection"), "upgrade", Case::kIgnored)) {
    return fail(ErrorCode::kUnsupported, "this path speaks WebSocket");
  }
  if (request.header("Sec-WebSocket-Version") != kVersion) {
    return fail(ErrorCode::kUnsupported, "WebSocket: version 13 is spoken here");
  }
  const auto key = base64_decode(request.header("Sec-WebSocket-Key"));
  if (!key || key.value().size() != kKeySize) return fail(ErrorCode::kMalformed, "WebSocket: key");
  if (!has_item(request.header("Sec-WebSocket-Protocol"), subprotocol, Case::kMatters)) {
    return fail(ErrorCode::kUnsupported,
                "WebSocket: subprotocol " + std::string(subprotocol) + " is spoken here");
  }
  if (!request.body.empty()) return fail(ErrorCode::kMalformed, "WebSocket: upgrade with a body");
  return ok();
}

Response upgrade_refusal(const Error& error) {
  if (error.code != ErrorCode::kUnsupported) return problem_response(error);
  Response refusal = problem_response(error, 426);
  refusal.headers["Upgrade"] = "websocket";
  refusal.headers["Sec-WebSocket-Version"] = kVersion;
  return refusal;
}

Response upgrade_answer(const Request& request, std::string_view subprotocol) {
  return {101,
          {{"Upgrade", "websocket"},
           {"Sec-WebSocket-Accept", websocket_accept(request.header("Sec-WebSocket-Key"))},
           {"Sec-WebSocket-Protocol", std::string(subprotocol)}},
          {}};
}

Result<void> check_upgrade_answer(const Response& answer, std::string_view key,
                                  std::string_view subprotocol) {
  if (!is_same(answer.header("Upgrade"), "websocket") ||
      !has_item(answer.header("Connection"), "upgrade", Case::kIgnored)) {
    return fail(ErrorCode::kMalformed, "WebSocket: answer without upgrade");
  }
  if (answer.header("Sec-WebSocket-Accept") != websocket_accept(key)) {
    return fail(ErrorCode::kMalformed, "WebSocket: answer to another key");
  }
  if (answer.header("Sec-WebSocket-Protocol") != subprotocol) {
    return fail(ErrorCode::kMalformed, "WebSocket: answer of another subprotocol");
  }
  if (!answer.header("Sec-WebSocket-Extensions").empty()) {
    return fail(ErrorCode::kMalformed, "WebSocket: extension that was not offered");
  }
  return ok();
}

}  // namespace countersign::http
