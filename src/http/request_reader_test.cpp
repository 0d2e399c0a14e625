// SPDX-License-Identifier: Apache-2.0
#include "http/request_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace countersign::http {
namespace {

using State = RequestReader::State;

// Feeds text in pieces of `step` bytes until it is used up or the reader has decided.
State feed(RequestReader& reader, std::string_view text, std::size_t step = 100000) {
  State state = reader.advance();
  while (state == State::kNeedsBytes && !text.empty()) {
    const std::span<std::uint8_t> space = reader.space();
    const std::size_t count = std::min({step, text.size(), space.size()});
    std::copy_n(text.begin(), count, space.begin());
    reader.commit(count);
    text.remove_prefix(count);
    state = reader.advance();
  }
  return state;
}

RequestReader::Limits small() {
  return {.header = 1024, .body = 64};
}

constexpr std::string_view kPost =
    "POST /v1/things?x=1 HTTP/1.1\r\nHost: h\r\nAccept: a\r\naccept: b\r\nContent-Length: 5\r\n\r\nhello";

TEST(RequestReader, ReadsAMessageInPiecesOfAnySize) {
  for (std::size_t step = 1; step <= kPost.size(); ++step) {
    RequestReader reader(small());
    ASSERT_EQ(feed(reader, kPost, step), State::kComplete) << step;
    const auto message = reader.take();
    EXPECT_FALSE(message.problem);
    EXPECT_TRUE(message.keep_alive);
    EXPECT_EQ(message.request.method, "POST");
    EXPECT_EQ(message.request.path, "/v1/things");
    EXPECT_EQ(message.request.query_value("x"), "1");
    EXPECT_EQ(message.request.header("accept"), "a, b");
    EXPECT_EQ(as_text(message.request.body), "hello");
    EXPECT_FALSE(reader.has_begun());
  }
}

TEST(RequestReader, ReadsPipelinedMessagesOneByOne) {
  RequestReader reader(small());
  ASSERT_EQ(feed(reader, std::string(kPost) + std::string(kPost)), State::kComplete);
  reader.take();
  EXPECT_TRUE(reader.has_begun());
  ASSERT_EQ(reader.advance(), State::kComplete);
  EXPECT_EQ(as_text(reader.take().request.body), "hello");
}

TEST(RequestReader, ReadsChunkedBodies) {
  RequestReader reader(small());
  ASSERT_EQ(
      feed(reader,
           "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
           7),
      State::kComplete);
  EXPECT_EQ(as_text(reader.take().request.body), "abcde");
}

TEST(RequestReader, ClosesAfterHttp10AndOnRequest) {
  RequestReader reader(small());
  ASSERT_EQ(feed(reader, "GET / HTTP/1.0\r\n\r\n"), State::kComplete);
  const auto old = reader.take();
  EXPECT_FALSE(old.keep_alive);
  EXPECT_FALSE(old.problem);
  ASSERT_EQ(feed(reader, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), State::kComplete);
  EXPECT_FALSE(reader.take().keep_alive);
}

TEST(RequestReader, ReportsAnExpectationOnce) {
  RequestReader reader(small());
  ASSERT_EQ(feed(reader, "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
            State::kNeedsBytes);
  EXPECT_TRUE(reader.take_expectation());
  EXPECT_FALSE(reader.take_expectation());
  EXPECT_EQ(feed(reader, "ok"), State::kComplete);
}

struct Refusal {
  const char* name;
  int status;
  std::string bytes;
};

class RequestReaderRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(RequestReaderRefuses, BrokenFraming) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{13}, std::size_t{100000}}) {
    RequestReader reader(small());
    ASSERT_EQ(feed(reader, GetParam().bytes, step), State::kRefused) << step;
    EXPECT_EQ(reader.refusal().status, GetParam().status) << step;
  }
}

const std::string kStart = "POST / HTTP/1.1\r\nHost: h\r\n";
INSTANTIATE_TEST_SUITE_P(
    All, RequestReaderRefuses,
    testing::Values(Refusal{"Garbage", 400, "\x16\x03\x01\x02garbage\r\n\r\n"},
                    Refusal{"NoVersion", 400, "GET /\r\n\r\n"},
                    Refusal{"OtherVersion", 505, "GET / HTTP/2.0\r\n\r\n"},
                    Refusal{"BadMethod", 400, "G\x01T / HTTP/1.1\r\n\r\n"},
                    Refusal{"SpaceInFieldName", 400, kStart + "A B: c\r\n\r\n"},
                    Refusal{"SpaceBeforeColon", 400, kStart + "A : c\r\n\r\n"},
                    Refusal{"ControlInValue", 400, kStart + "A: \x01\r\n\r\n"},
                    Refusal{"TwoLengths", 400, kStart + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
                    Refusal{"LengthAndChunked", 400,
                            kStart + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
                    Refusal{"NegativeLength", 400, kStart + "Content-Length: -1\r\n\r\n"},
                    Refusal{"HugeLength", 400, kStart + "Content-Length: 99999999999999999999\r\n\r\n"},
                    Refusal{"BadChunkSize", 400, kStart + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"},
                    Refusal{"LongHeader", 431, kStart + "A: " + std::string(2000, 'a') + "\r\n\r\n"},
                    Refusal{"EndlessTarget", 431, "GET /" + std::string(4000, 'a')},
                    Refusal{"LongBody", 413, kStart + "Content-Length: 65\r\n\r\n" + std::string(65, 'a')},
                    Refusal{"LongChunkedBody", 413,
                            kStart + "Transfer-Encoding: chunked\r\n\r\n41\r\n" + std::string(65, 'a')}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RequestReader, FindsProblemsInWellFramedMessagesAndGoesOn) {
  for (const char* text :
       {"GET / HTTP/1.1\r\n\r\n", "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"}) {
    RequestReader reader(small());
    ASSERT_EQ(feed(reader, text), State::kComplete) << text;
    const auto message = reader.take();
    ASSERT_TRUE(message.problem) << text;
    EXPECT_EQ(message.problem->status, 400);
    ASSERT_EQ(feed(reader, kPost), State::kComplete);
    EXPECT_FALSE(reader.take().problem);
  }
}

}  // namespace
}  // namespace countersign::http
