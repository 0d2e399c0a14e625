// SPDX-License-Identifier: Apache-2.0
#include "http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <cstring>

#include "crypto/secret.h"
#include "http/target.h"

namespace countersign::http {
namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::request_parser<beast_http::vector_body<std::uint8_t>>;

constexpr std::size_t kReadSize = 16 << 10;

std::string_view text_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Response problem_of(const boost::system::error_code& error) {
  if (error == beast_http::error::header_limit) {
    return problem_response({ErrorCode::kTooLarge, "header: too large"}, 431);
  }
  if (error == beast_http::error::body_limit)
    return problem_response({ErrorCode::kTooLarge, "body: too large"});
  if (error == beast_http::error::bad_version) {
    return problem_response({ErrorCode::kUnsupported, "HTTP version"}, 505);
  }
  return problem_response({ErrorCode::kMalformed, "HTTP: " + error.message()});
}

// Headers of which a second value would be somebody's chance to be read in two ways.
bool must_be_single(std::string_view name) {
  static constexpr std::string_view kSingle[] = {"Host",   "Authorization", "Content-Type",
                                                 "Origin", "Cookie",        "Idempotency-Key"};
  const CaseInsensitiveLess less;
  return std::any_of(std::begin(kSingle), std::end(kSingle),
                     [&](std::string_view single) { return !less(name, single) && !less(single, name); });
}

Result<void> take_headers(const Parser::value_type& message, Headers& headers) {
  for (const auto& field : message) {
    const std::string_view name = text_of(field.name_string());
    const auto [place, is_new] = headers.try_emplace(std::string(name), text_of(field.value()));
    if (is_new) continue;
    if (must_be_single(name)) return fail(ErrorCode::kMalformed, "header: occurs twice");
    place->second.append(", ").append(text_of(field.value()));
  }
  if (message.version() == 11 && !headers.contains("Host"))
    return fail(ErrorCode::kMalformed, "header: no Host");
  return ok();
}

Result<void> take_request(Parser::value_type& message, RequestReader::Message& taken) {
  Request& request = taken.request;
  request.method = text_of(message.method_string());
  TRY(auto target, parse_target(text_of(message.target())));
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  taken.irregular_path = target.irregular;
  TRY(take_headers(message, request.headers));
  request.body = std::move(message.body());
  return ok();
}

}  // namespace

struct RequestReader::Parsing {
  explicit Parsing(Limits given) : limits(given), buffer(kReadSize) { restart(); }

  void restart() {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(static_cast<std::uint32_t>(limits.header));
    parser->body_limit(limits.body);
    may_expect = true;
  }

  Limits limits;
  std::optional<Parser> parser;
  Bytes buffer;  // bytes [begin, end) have arrived and are not yet parsed
  std::size_t begin = 0;
  std::size_t end = 0;
  bool may_expect = true;
  Response refusal;
};

RequestReader::RequestReader(Limits limits) : parsing_(std::make_unique<Parsing>(limits)) {}
RequestReader::~RequestReader() = default;

std::span<std::uint8_t> RequestReader::space() {
  Parsing& p = *parsing_;
  if (p.begin == p.end) p.begin = p.end = 0;
  if (p.end == p.buffer.size()) {
    if (p.begin > 0) {  // move up
      std::memmove(p.buffer.data(), p.buffer.data() + p.begin, p.end - p.begin);
      p.end -= p.begin;
      p.begin = 0;
    } else {  // a header longer than the buffer; the parser's limit bounds this
      p.buffer.resize(p.buffer.size() * 2);
    }
  }
  return std::span(p.buffer).subspan(p.end);
}

void RequestReader::commit(std::size_t bytes) {
  parsing_->end += bytes;
}

RequestReader::State RequestReader::advance() {
  Parsing& p = *parsing_;
  while (!p.parser->is_done()) {
    if (p.begin == p.end) return State::kNeedsBytes;
    boost::system::error_code error;
    const boost::asio::const_buffer arrived(p.buffer.data() + p.begin, p.end - p.begin);
    const std::size_t used = p.parser->put(arrived, error);
    crypto::wipe(std::span(p.buffer).subspan(p.begin, used));  // it may have been a secret
    p.begin += used;
    if (error == beast_http::error::need_more) return State::kNeedsBytes;
    if (error) {
      p.refusal = problem_of(error);
      return State::kRefused;
    }
  }
  return State::kComplete;
}

bool RequestReader::has_begun() const {
  return parsing_->begin != parsing_->end || parsing_->parser->got_some();
}

bool RequestReader::take_expectation() {
  Parsing& p = *parsing_;
  if (!p.may_expect || !p.parser->is_header_done() || p.parser->is_done()) return false;
  p.may_expect = false;
  return boost::beast::iequals(p.parser->get()[beast_http::field::expect], "100-continue");
}

RequestReader::Message RequestReader::take() {
  Message taken;
  Parser::value_type message = parsing_->parser->release();
  taken.keep_alive = message.keep_alive();
  taken.is_followed = parsing_->begin != parsing_->end;
  const Result<void> acceptable = take_request(message, taken);
  if (!acceptable) taken.problem = problem_response(acceptable.error());
  parsing_->restart();
  return taken;
}

const Response& RequestReader::refusal() const {
  return parsing_->refusal;
}

}  // namespace countersign::http
