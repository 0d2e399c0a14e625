// SPDX-License-Identifier: Apache-2.0
#include "logbook/http_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logbook/mirror.h"
#include "logbook/testing/served_log.h"
#include "sample/temporary_folder.h"

namespace countersign::logbook {
namespace {

using namespace std::chrono_literals;
using testing::Files;
using testing::RawServer;
using testing::ServedLog;
using testing::TestKeys;
using testing::TestLog;

const TestKeys& keys() {
  static const TestKeys kKeys;
  return kKeys;
}

constexpr HttpLogOptions kHasty{.answer_limit = 300ms, .attempts = 2, .pause = 1ms};

std::unique_ptr<HttpLog> open(const std::string& url, HttpLogOptions options = {.pause = 1ms}) {
  return take(HttpLog::open(url, options));
}

TEST(HttpLog, MirrorsALogThatIsServed) {
  const Files files = TestLog(keys(), 700).files();
  ServedLog served(files);
  const TemporaryFolder disk;
  LogFolder folder(disk.path());
  for (const char* ending : {"", "/", "//"}) {
    const auto log = open(served.url() + ending);
    ASSERT_TRUE(mirror_log(*log, folder, keys().policy())) << ending;
  }
  EXPECT_EQ(testing::read_all(disk.path()), files);
}

TEST(HttpLog, RefusesAUrlThatIsNone) {
  for (const char* url : {"", "seoul-1.example/log", "ftp://seoul-1.example/log",
                          "http://seoul-1.example/log?a=b", "http://user@seoul-1.example/log"})
    EXPECT_FALSE(HttpLog::open(url)) << url;
}

struct Answer {
  const char* name;
  std::function<http::Response()> answer;
  ErrorCode code;
  int requests;
};

TEST(HttpLog, SaysWhyItHasNoFile) {
  using enum ErrorCode;
  const auto status = [](int number) { return [number] { return http::text_response(number, "no"); }; };
  const std::vector<Answer> answers = {
      {"not found", status(404), kNotFound, 1},
      {"gone", status(410), kNotFound, 1},
      {"forbidden", status(403), kUnavailable, 3},
      {"in trouble", status(503), kUnavailable, 3},
      {"elsewhere",
       [] {
         http::Response response = http::text_response(302, "");
         response.headers["Location"] = "/log/other";
         return response;
       },
       kUnavailable, 3},
      {"encoded",
       [] {
         http::Response response = http::text_response(200, "?");
         response.headers["Content-Encoding"] = "gzip";
         return response;
       },
       kUnsupported, 1},
      {"too large",
       [] { return http::der_response(200, Bytes(kMaxLogFile + 1), "application/octet-stream"); }, kTooLarge,
       1}};
  for (const Answer& row : answers) {
    ServedLog served({}, [&](const std::string&) { return row.answer(); });
    const auto got = open(served.url())->get("checkpoint");
    ASSERT_FALSE(got) << row.name;
    EXPECT_EQ(got.error().code, row.code) << row.name << ": " << got.error().detail;
    EXPECT_EQ(served.requests(), row.requests) << row.name;
  }
}

TEST(HttpLog, AsksAgainWhereAServerIsInTrouble) {
  int failures = 2;
  ServedLog served(TestLog(keys(), 3).files(), [&](const std::string&) -> std::optional<http::Response> {
    if (failures-- > 0) return http::text_response(503, "later");
    return std::nullopt;
  });
  EXPECT_TRUE(open(served.url())->get("checkpoint"));
}

TEST(HttpLog, TakesNoBodyWithoutAnEnd) {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", std::string(1000, 'x'), 0ms);
  const auto got = open(server.url())->get("checkpoint");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kTooLarge);
}

TEST(HttpLog, WaitsForNoBodyThatComesOctetByOctet) {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 8192\r\n\r\n", "x", 20ms);
  const auto begun = std::chrono::steady_clock::now();
  const auto got = open(server.url(), kHasty)->get("tile/1/000");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST(HttpLog, WaitsForNoServerThatSaysNothing) {
  const RawServer server("", "", 20ms);
  const auto got = open(server.url(), kHasty)->get("checkpoint");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnavailable);
}

TEST(HttpLog, EndsAMirrorWhereNobodyAnswersAnyMoreAndGoesOnLater) {
  const Files files = TestLog(keys(), 1000).files();
  bool is_up = false;
  ServedLog served(files, [&](const std::string& path) -> std::optional<http::Response> {
    if (!is_up && path == "tile/entries/001") return http::text_response(500, "?");
    return std::nullopt;
  });
  const TemporaryFolder disk;
  LogFolder folder(disk.path());
  const auto log = open(served.url());
  const auto interrupted = mirror_log(*log, folder, keys().policy());
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().code, ErrorCode::kUnavailable);
  is_up = true;
  ASSERT_TRUE(mirror_log(*log, folder, keys().policy()));
  EXPECT_EQ(testing::read_all(disk.path()), files);
}

}  // namespace
}  // namespace countersign::logbook
