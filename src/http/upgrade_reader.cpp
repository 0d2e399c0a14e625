// SPDX-License-Identifier: Apache-2.0
#include "http/upgrade_reader.h"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>

namespace countersign::http {
namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::response_parser<beast_http::vector_body<std::uint8_t>>;

constexpr std::uint32_t kMaxHeader = 16 << 10;
constexpr std::uint64_t kMaxBody = 16 << 10;

std::string_view text_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Result<std::optional<UpgradeAnswer>> read_upgrade_answer(BytesView arrived) {
  Parser parser;
  parser.eager(true);
  parser.header_limit(kMaxHeader);
  parser.body_limit(kMaxBody);
  UpgradeAnswer answer;
  while (!parser.is_done()) {
    if (answer.size == arrived.size()) return std::optional<UpgradeAnswer>();
    boost::system::error_code error;
    const BytesView rest = arrived.subspan(answer.size);
    answer.size += parser.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (error == beast_http::error::need_more) return std::optional<UpgradeAnswer>();
    if (error == beast_http::error::header_limit || error == beast_http::error::body_limit) {
      return fail(ErrorCode::kTooLarge, "answer to the upgrade");
    }
    if (error) return fail(ErrorCode::kMalformed, "answer to the upgrade: " + error.message());
  }
  Parser::value_type message = parser.release();
  answer.response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const auto [place, is_new] = answer.response.headers.try_emplace(
        std::string(text_of(field.name_string())), text_of(field.value()));
    if (!is_new) place->second.append(", ").append(text_of(field.value()));
  }
  answer.response.body = std::move(message.body());
  return std::optional<UpgradeAnswer>(std::move(answer));
}

}  // namespace countersign::http
