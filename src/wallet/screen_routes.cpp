// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_routes.h"

#include <algorithm>

#include "base/log.h"
#include "documents/json.h"

namespace countersign::wallet {
namespace {

constexpr std::size_t kLongestLine = 1000;

// The request's own copy is wiped: the server is done with the body.
Result<ScreenRoutes::Lines> take_lines(const http::Request& request, std::size_t count,
                                       ScreenRoutes::Filled filled) {
  ScreenRoutes::Lines lines;
  BytesView rest = request.body;
  bool ends = rest.empty();
  while (lines.size() < count && !ends) {
    const auto end = std::find(rest.begin(), rest.end(), '\n');
    const BytesView line(rest.begin(), end);
    if (line.size() > kLongestLine) break;
    if (line.empty() && (filled == ScreenRoutes::Filled::kAll || lines.empty())) break;
    lines.push_back(crypto::SecretBytes::copy_of(line));
    ends = end == rest.end();
    rest = ends ? BytesView() : BytesView(end + 1, rest.end());
  }
  const bool fits = lines.size() == count && ends;
  crypto::wipe(const_cast<Bytes&>(request.body));
  if (!fits) return fail(ErrorCode::kMalformed, "not the lines that belong here");
  return lines;
}

// The screen has words for people, by the code alone; whoever looks into it finds the detail in the log.
http::Response refused(const http::Request& request, const Error& error) {
  log_event(LogLevel::kInfo, "screen_refused",
            {{"path", request.path}, {"code", error_name(error.code)}, {"detail", error.detail}});
  return http::problem_response(error);
}

}  // namespace

void ScreenRoutes::add(std::string_view method, std::string_view pattern,
                       std::function<Answer(const http::Request&)> work) {
  router_.add_blocking(method, pattern,
                       [&gate = gate_, work = std::move(work)](const http::Request& request) {
                         const auto admitted = gate.admit(request);
                         if (!admitted) return http::problem_response(admitted.error());
                         auto answer = work(request);
                         return answer ? std::move(answer).value() : refused(request, answer.error());
                       });
}

void ScreenRoutes::get(std::string_view pattern, std::function<Answer(const http::Request&)> work) {
  add("GET", pattern, std::move(work));
}

void ScreenRoutes::post(std::string_view pattern, std::function<Answer(const http::Request&)> work) {
  add("POST", pattern, std::move(work));
}

void ScreenRoutes::post_lines(std::string_view pattern, std::size_t count, LineWork work, Filled filled) {
  post(pattern,
       [&card = card_, count, filled, work = std::move(work)](const http::Request& request) -> Answer {
         TRY(const auto lines, take_lines(request, count, filled));
         const std::lock_guard lock(card);
         return work(std::string(request.parameter("id")), lines);
       });
}

Result<http::Response> done(Result<void> result) {
  TRY(std::move(result));
  return http::json_answer(200, boost::json::object{});
}

std::string text_of(const crypto::SecretBytes& line) {
  return to_text(line.reveal(crypto::SecretAccess()));
}

Result<std::string> one_text(const http::Request& request, std::string_view member, std::size_t max) {
  TRY(auto body, documents::ObjectReader::parse(request.body, "request"));
  TRY(auto text, body.text(member, max));
  TRY(body.finish());
  return text;
}

}  // namespace countersign::wallet
