// SPDX-License-Identifier: Apache-2.0
#include "documents/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign::documents {
namespace {

using testing::HasSubstr;

TEST(ParseJson, ReadsWhatDocumentsHold) {
  const Result<boost::json::value> value =
      parse_json(as_bytes("{\"type\":\"order\",\"lines\":[{\"n\":1},{\"n\":-2}],\"flag\":true,\"none\":null,"
                          "\"name\":\"한국 \\u00e9 \\ud83d\\ude00\"}"));
  ASSERT_TRUE(value) << value.error().detail;
  EXPECT_EQ(value.value().at("lines").at(1).at("n").as_int64(), -2);
  EXPECT_EQ(std::string_view(value.value().at("name").as_string()), "한국 é 😀");
  EXPECT_EQ(write_json(value.value().at("lines")), "[{\"n\":1},{\"n\":-2}]");
}

TEST(ParseJson, AcceptsTheLargestIntegersThatEveryReaderRepresents) {
  const Result<boost::json::value> value = parse_json(as_bytes("[9007199254740991,-9007199254740991,0]"));
  ASSERT_TRUE(value);
  EXPECT_EQ(value.value().at(0).as_int64(), 9007199254740991);
}

struct RefusedJson {
  const char* name;
  std::string text;
  const char* detail;
  ErrorCode code = ErrorCode::kMalformed;
};

class ParseJsonRefuses : public testing::TestWithParam<RefusedJson> {};

TEST_P(ParseJsonRefuses, WithANamedReason) {
  const Result<boost::json::value> value = parse_json(as_bytes(GetParam().text));
  ASSERT_FALSE(value) << GetParam().name;
  EXPECT_EQ(value.error().code, GetParam().code) << value.error().detail;
  EXPECT_THAT(value.error().detail, HasSubstr(GetParam().detail));
}

const RefusedJson kRefusedJson[] = {
    {"Nothing", "", "json"},
    {"WhiteSpaceOnly", "  ", "json"},
    {"TwoValues", "{} {}", "json"},
    {"TextAfterTheValue", "{}x", "json"},
    {"ByteOrderMark", "\xEF\xBB\xBF{}", "json"},
    {"Utf16", std::string("{\0}\0", 4), "json"},
    {"Comment", "{/* no */}", "json"},
    {"TrailingComma", "[1,]", "json"},
    {"SingleQuotes", "{'a':1}", "json"},
    {"BareName", "{a:1}", "json"},
    {"CutShort", "{\"a\":1", "json"},
    {"NotANumber", "[NaN]", "json"},
    {"MemberTwice", "{\"a\":1,\"b\":2,\"a\":1}", "json.a: member stands twice"},
    {"MemberTwiceInOtherSpelling", "{\"total\":1,\"\\u0074otal\":2}", "json.total: member stands twice"},
    {"MemberTwiceDeepInside", "{\"x\":[{},{\"a\":1,\"a\":2}]}", "json.x[1].a: member stands twice"},
    {"Fraction", "{\"total\":1.0}", "json.total: number"},
    {"Exponent", "{\"total\":1e2}", "json.total: number"},
    {"CapitalExponent", "[1E0]", "number"},
    {"NegativeZero", "[-0]", "negative zero"},
    {"LeadingZero", "[01]", "json"},
    {"LeadingPlus", "[+1]", "json"},
    {"BeyondTheLargestInteger", "[9007199254740992]", "2^53-1"},
    {"BelowTheSmallestInteger", "[-9007199254740992]", "2^53-1"},
    {"BeyondSignedIntegers", "[18446744073709551615]", "2^53-1"},
    {"BeyondAllIntegers", "[100000000000000000000000000]", "2^53-1"},
    {"RawControlCharacter", "[\"a\nb\"]", "json"},
    {"EscapedNul", "[\"\\u0000\"]", "control"},
    {"EscapedLineFeed", "[\"a\\nb\"]", "control"},
    {"EscapedTab", "[\"\\t\"]", "control"},
    {"Delete", "[\"\x7F\"]", "control"},
    {"HighControlCharacter", "[\"\xC2\x85\"]", "control"},
    {"EscapedHighControlCharacter", "[\"\\u009f\"]", "control"},
    {"RightToLeftOverride", "{\"sku\":\"\xE2\x80\xAE\"}", "json.sku: control, bidirectional"},
    {"EscapedRightToLeftOverride", "[\"abc\\u202Edef\"]", "bidirectional"},
    {"ZeroWidthSpace", "{\"sku\":\"tea\xE2\x80\x8B\"}", "json.sku: control, bidirectional or invisible"},
    {"EscapedWordJoiner", "[\"tea\\u2060\"]", "invisible"},
    {"LeftToRightMark", "[\"\\u200e\"]", "bidirectional"},
    {"ArabicLetterMark", "[\"\\u061c\"]", "bidirectional"},
    {"FirstStrongIsolate", "[\"\\u2068\"]", "bidirectional"},
    {"LineSeparator", "[\"\\u2028\"]", "control"},
    {"ByteOrderMarkInside", "[\"\\ufeff\"]", "control"},
    {"ControlCharacterInAName", "{\"a\\u0001\":1}", "in a name"},
    {"BidirectionalCharacterInAName", "{\"a\\u2066\":1}", "in a name"},
    {"LoneLeadingSurrogate", "[\"\\ud83d\"]", "json"},
    {"LoneTrailingSurrogate", "[\"\\ude00\"]", "json"},
    {"SurrogatesInWrongOrder", "[\"\\ude00\\ud83d\"]", "json"},
    {"SurrogateInUtf8", "[\"\xED\xA0\x80\"]", "json"},
    {"OverlongUtf8", "[\"\xC0\xAF\"]", "json"},
    {"LoneContinuation", "[\"\x80\"]", "json"},
    {"CutUtf8", "[\"\xE2\x82\"]", "json"},
    {"BeyondUnicode", "[\"\xF4\x90\x80\x80\"]", "json"},
    {"TooDeep", "[[[[[[[[[1]]]]]]]]]", "deep", ErrorCode::kTooLarge},
    {"TooLong", "[\"" + std::string(128 << 10, 'a') + "\"]", "longer", ErrorCode::kTooLarge},
};
INSTANTIATE_TEST_SUITE_P(Rows, ParseJsonRefuses, testing::ValuesIn(kRefusedJson),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ParseJson, CountsMembersOverAllObjectsAndArrays) {
  const JsonLimits limits{.bytes = 1000, .depth = 8, .members = 6};
  EXPECT_TRUE(parse_json(as_bytes("[[1,2],[3]]"), limits));
  const Result<boost::json::value> value = parse_json(as_bytes("[[1,2],[3,4]]"), limits);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::kTooLarge);
}

TEST(ParseJson, TakesLineFeedsWhereTheLimitsSaySo) {
  const JsonLimits limits{.line_feeds = true};
  EXPECT_TRUE(parse_json(as_bytes("{\"certificate\":\"-----BEGIN\\nabc\\n\"}"), limits));
  EXPECT_FALSE(parse_json(as_bytes("[\"a\\tb\"]"), limits));
  EXPECT_FALSE(parse_json(as_bytes("{\"a\\nb\":1}"), limits));
}

TEST(ParseJson, TakesATextAsLongAsTheLimitsSay) {
  const std::string text = "\"" + std::string(1'500'000, 'x') + "\"";
  const auto read = parse_json(as_bytes(text), {.bytes = 3 << 19});
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().get_string().size(), 1'500'000U);
  EXPECT_EQ(parse_json(as_bytes(text), {.bytes = 1 << 20}).error().code, ErrorCode::kTooLarge);
}

TEST(ParseJson, ReadsSecretsIntoMemoryThatIsWiped) {
  const auto read = parse_json(as_bytes(R"({"a":["secret",{"b":"another"}]})"), {.wiped = true}).value();
  const auto wiped = wiped_storage().get();
  EXPECT_EQ(read.storage().get(), wiped);
  const auto& array = read.get_object().at("a").get_array();
  EXPECT_EQ(array.storage().get(), wiped);
  EXPECT_EQ(array.at(0).get_string().storage().get(), wiped);
  EXPECT_EQ(array.at(1).get_object().at("b").storage().get(), wiped);
}

TEST(ParseJson, NeverCrashesOnATruncatedText) {
  const std::string text = "{\"a\":[1,-2,{\"b\":\"\\u00e9\xF0\x9F\x98\x80\\\\\"}],\"c\":null,\"d\":true}";
  ASSERT_TRUE(parse_json(as_bytes(text)));
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_json(as_bytes(std::string_view(text).substr(0, size)))) << size;
}

}  // namespace
}  // namespace countersign::documents
