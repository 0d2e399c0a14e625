// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "http/wire.h"

namespace countersign::http {
namespace {

ErrorCode code_at(int number) {
  return static_cast<ErrorCode>(number);
}

TEST(Headers, CompareWithoutCase) {
  Response response;
  response.headers["Content-TYPE"] = "text/plain";
  EXPECT_EQ(response.header("content-type"), "text/plain");
  EXPECT_EQ(response.header("Content-Typ"), "");
}

TEST(Problem, OfEveryCodeSaysWhatToDo) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const Response response = problem_response({code_at(i), "field: reason"});
    EXPECT_EQ(response.status, status_of(code_at(i)));
    EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(response.header("Cache-Control"), "no-store");
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
    const auto problem = boost::json::parse(std::string(as_text(response.body))).as_object();
    EXPECT_EQ(problem.at("code").as_string(), std::string(error_name(code_at(i))));
    EXPECT_EQ(problem.at("status").as_int64(), response.status);
    EXPECT_GT(problem.at("title").as_string().size(), 10U);
    EXPECT_GT(problem.at("remedy").as_string().size(), 10U);
    EXPECT_EQ(problem.at("temporary").as_bool(), is_temporary(code_at(i)));
  }
}

TEST(Problem, IsReadBackAsTheError) {
  for (int i = 0; i < static_cast<int>(ErrorCode::kInternal); ++i) {
    const Error error = error_of(problem_response({code_at(i), "field: \"reason\"\n"}));
    EXPECT_EQ(error.code, code_at(i));
    EXPECT_EQ(error.detail, "field: \"reason\"\n");
  }
}

TEST(Problem, KeepsInternalDetailsInside) {
  const Response response = problem_response({ErrorCode::kInternal, "secret of the house"});
  EXPECT_EQ(as_text(response.body).find("secret"), std::string_view::npos);
}

TEST(ErrorOf, FallsBackToTheStatus) {
  struct Row {
    int status;
    ErrorCode code;
  };
  for (const Row row : {Row{404, ErrorCode::kNotFound}, Row{401, ErrorCode::kUnauthenticated},
                        Row{503, ErrorCode::kUnavailable}, Row{418, ErrorCode::kMalformed},
                        Row{302, ErrorCode::kInternal}, Row{599, ErrorCode::kInternal}}) {
    EXPECT_EQ(error_of(html_response(row.status, "<p>")).code, row.code) << row.status;
  }
}

TEST(ErrorOf, DoesNotBelieveABrokenProblem) {
  for (const char* body : {"", "{", "[]", "{\"code\":7}", "{\"code\":\"no_such_code\"}"}) {
    Response response = json_response(409, body);
    response.headers["Content-Type"] = "application/problem+json";
    EXPECT_EQ(error_of(response).code, ErrorCode::kConflict) << body;
  }
}

TEST(Wire, StatesLengthAndLeavesFramingToItself) {
  Response response = text_response(200, "hello");
  response.headers["content-length"] = "99";
  response.headers["Transfer-Encoding"] = "chunked";
  std::string wire;
  ASSERT_TRUE(append_response(wire, response, {}));
  EXPECT_EQ(wire,
            "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "X-Content-Type-Options: nosniff\r\nContent-Length: 5\r\n\r\nhello");
}

TEST(Wire, LeavesTheBodyOutForHead) {
  std::string wire;
  ASSERT_TRUE(append_response(wire, {200, {}, to_bytes("hello")}, {.with_body = false, .keep_alive = false}));
  EXPECT_EQ(wire, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
}

TEST(Wire, GivesNoLengthToStatusesWithoutBody) {
  std::string wire;
  ASSERT_TRUE(append_response(wire, {204, {}, to_bytes("ignored")}, {}));
  EXPECT_EQ(wire, "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST(Wire, RefusesHeadersThatBreakTheFraming) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nSet-Cookie: b"},
                                                        {"X", "a\nb"},
                                                        {"X", std::string("\0", 1)},
                                                        {"X\r\nY", "a"},
                                                        {"X Y", "a"},
                                                        {"", "a"}}) {
    std::string wire = "before";
    EXPECT_FALSE(append_response(wire, {200, {{name, value}}, {}}, {}));
    EXPECT_EQ(wire, "before");
  }
}

}  // namespace
}  // namespace countersign::http
