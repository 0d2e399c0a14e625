// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

TEST(Target, DecodesPathAndQuery) {
  const auto target = parse_target("/v1/caf%C3%A9?name=a%20b+c&empty=&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target.value().path, "/v1/café");
  EXPECT_EQ(target.value().query.at("name"), "a b c");
  EXPECT_EQ(target.value().query.at("empty"), "");
  EXPECT_EQ(target.value().query.at("flag"), "");
  EXPECT_FALSE(target.value().irregular);
}

TEST(Target, ReportsWhatOnlyPrefixRoutesTake) {
  for (const char* text : {"/ocsp/a%2Fb", "/ocsp/a%2fb", "/ocsp/a//b", "//host/path"}) {
    const auto target = parse_target(text);
    ASSERT_TRUE(target) << text;
    EXPECT_TRUE(target.value().irregular) << text;
  }
  EXPECT_FALSE(parse_target("/folder/").value().irregular);
}

struct Refusal {
  const char* name;
  std::string_view target;
};

class TargetRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(TargetRefuses, WhatCouldBeReadInTwoWays) {
  const auto target = parse_target(GetParam().target);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, ErrorCode::kMalformed);
}

using namespace std::string_view_literals;
INSTANTIATE_TEST_SUITE_P(
    All, TargetRefuses,
    testing::Values(Refusal{"Empty", ""}, Refusal{"AbsoluteForm", "http://host/path"},
                    Refusal{"Asterisk", "*"}, Refusal{"EncodedNull", "/a%00b"},
                    Refusal{"EncodedLineBreak", "/a%0d%0ab"}, Refusal{"EncodedDelete", "/a%7f"},
                    Refusal{"Null", "/a\0b"sv}, Refusal{"Space", "/a b"},
                    Refusal{"BeyondAscii", "/caf\xc3\xa9"}, Refusal{"TruncatedEncoding", "/a%2"},
                    Refusal{"LonePercent", "/a%"}, Refusal{"NotHexadecimal", "/a%zz"},
                    Refusal{"DotSegment", "/a/./b"}, Refusal{"DotDotSegment", "/a/../b"},
                    Refusal{"DotDotAtEnd", "/a/.."}, Refusal{"EncodedDots", "/a/%2e%2E/b"},
                    Refusal{"DotsBehindEncodedSlash", "/a%2f..%2fb"}, Refusal{"Backslash", "/a%5c..%5cb"},
                    Refusal{"Fragment", "/a#b"}, Refusal{"RepeatedName", "/a?x=1&x=2"},
                    Refusal{"NullInQuery", "/a?x=%00"}, Refusal{"ControlInName", "/a?x%0a=1"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Form, KeepsLineBreaksOfATextArea) {
  const auto form = parse_form("note=one%0D%0Atwo&sum=1%2B1");
  ASSERT_TRUE(form);
  EXPECT_EQ(form.value().at("note"), "one\r\ntwo");
  EXPECT_EQ(form.value().at("sum"), "1+1");
}

TEST(Form, SkipsEmptyFields) {
  EXPECT_EQ(parse_form("&&a=1&").value().size(), 1U);
}

TEST(Encoding, IsUndoneByDecoding) {
  std::string every;
  for (int c = 0x20; c < 0x7f; ++c) every.push_back(static_cast<char>(c));
  const auto form = parse_form(encode_component(every) + "=" + encode_component(every));
  ASSERT_TRUE(form);
  EXPECT_EQ(form.value().at(every), every);
}

TEST(Encoding, LeavesTheSlashesOfAPath) {
  EXPECT_EQ(encode_path("/a b/ü"), "/a%20b/%C3%BC");
}

}  // namespace
}  // namespace countersign::http
