// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents/json.h"

namespace countersign::documents {
namespace {

using testing::HasSubstr;

ObjectReader reader_of(std::string_view text) {
  Result<ObjectReader> reader = ObjectReader::parse(as_bytes(text), "thing");
  EXPECT_TRUE(reader) << reader.error().detail;
  return std::move(reader).value();
}

template <typename T>
void expect_failure(const Result<T>& result, ErrorCode code, const char* detail) {
  ASSERT_FALSE(result) << detail;
  EXPECT_EQ(result.error().code, code) << result.error().detail;
  EXPECT_THAT(result.error().detail, HasSubstr(detail));
}

TEST(ObjectReader, TakesAnObjectApart) {
  ObjectReader reader = reader_of(
      R"({"type":"thing","version":1,"name":"값","none":null,"n":7,"yes":true,"at":"2026-11-22T08:30:00Z",)"
      R"("b":"Zm9v","list":["x","y"],"items":[{"k":1}],"inner":{"k":2}})");
  EXPECT_TRUE(reader.expect("thing", 1));
  EXPECT_EQ(reader.text("name", 1).value(), "값");
  EXPECT_EQ(reader.text_or_null("none", 1).value(), "");
  EXPECT_EQ(reader.optional_text("absent", 1).value(), std::nullopt);
  EXPECT_EQ(reader.integer("n", 0, 7).value(), 7);
  EXPECT_TRUE(reader.boolean("yes").value());
  EXPECT_EQ(format_time(reader.time("at").value()), "2026-11-22T08:30:00Z");
  EXPECT_EQ(as_text(reader.base64("b", 3).value()), "foo");
  EXPECT_EQ(reader.texts("list", 2, 1).value().size(), 2U);
  EXPECT_EQ(reader.objects("items", 1).value().at(0).integer("k", 0, 9).value(), 1);
  EXPECT_FALSE(reader.finish()) << "inner was not asked for";
  EXPECT_EQ(reader.object("inner").value().integer("k", 0, 9).value(), 2);
  EXPECT_TRUE(reader.finish());
}

TEST(ObjectReader, KeepsTheValueAliveForItsParts) {
  Result<ObjectReader> inner = fail(ErrorCode::kInternal, "");
  {
    ObjectReader reader = reader_of(R"({"inner":{"k":2}})");
    inner = reader.object("inner");
  }
  EXPECT_EQ(inner.value().integer("k", 0, 9).value(), 2);
}

TEST(ObjectReader, RefusesAnUnknownMemberByItsPath) {
  ObjectReader reader = reader_of(R"({"items":[{"k":1},{"k":1,"x":2}]})");
  std::vector<ObjectReader> items = reader.objects("items", 2).value();
  EXPECT_TRUE(items[1].integer("k", 0, 9));
  expect_failure(items[1].finish(), ErrorCode::kMalformed, "thing.items[1].x: unknown member");
}

TEST(ObjectReader, RefusesAnotherTypeOrVersionAsUnsupported) {
  expect_failure(reader_of(R"({"type":"order","version":1})").expect("thing", 1), ErrorCode::kUnsupported,
                 "type");
  expect_failure(reader_of(R"({"type":"thing","version":2})").expect("thing", 1), ErrorCode::kUnsupported,
                 "version");
  expect_failure(reader_of(R"({"type":"thing","version":"1"})").expect("thing", 1), ErrorCode::kMalformed,
                 "type");
  expect_failure(reader_of(R"({"type":"thing"})").expect("thing", 1), ErrorCode::kMalformed,
                 "version: missing");
}

TEST(ObjectReader, RefusesWhatIsNotAnObject) {
  expect_failure(ObjectReader::parse(as_bytes("[]"), "thing"), ErrorCode::kMalformed, "thing: not an object");
}

TEST(ObjectReader, RefusesMembersOfAnotherKind) {
  const auto reader = [] { return reader_of(R"({"a":"x","n":1,"z":null,"l":[1]})"); };
  expect_failure(reader().text("absent", 9), ErrorCode::kMalformed, "thing.absent: missing");
  expect_failure(reader().text("n", 9), ErrorCode::kMalformed, "not a text");
  expect_failure(reader().text("z", 9), ErrorCode::kMalformed, "not a text");
  expect_failure(reader().integer("a", 0, 9), ErrorCode::kMalformed, "not an integer");
  expect_failure(reader().boolean("n"), ErrorCode::kMalformed, "neither true nor false");
  expect_failure(reader().time("a"), ErrorCode::kMalformed, "thing.a");
  expect_failure(reader().base64("n", 9), ErrorCode::kMalformed, "not a text");
  expect_failure(reader().object("a"), ErrorCode::kMalformed, "not an object");
  expect_failure(reader().object_or_null("absent"), ErrorCode::kMalformed, "missing");
  expect_failure(reader().objects("a", 9), ErrorCode::kMalformed, "not a list");
  expect_failure(reader().objects("l", 9), ErrorCode::kMalformed, "thing.l[0]: not an object");
  expect_failure(reader().texts("l", 9, 9), ErrorCode::kMalformed, "thing.l[0]: not a text");
}

TEST(ObjectReader, HoldsMembersToTheirLimits) {
  const auto reader = [] {
    return reader_of(R"({"a":"한글","e":"","n":10,"b":"Zm9v","l":["x","y"],"o":[{},{}]})");
  };
  EXPECT_TRUE(reader().text("a", 2));
  expect_failure(reader().text("a", 1), ErrorCode::kMalformed, "too long");
  expect_failure(reader().text("e", 1), ErrorCode::kMalformed, "too short");
  EXPECT_TRUE(reader().text("e", 1, 0));
  expect_failure(reader().text_or_null("e", 1), ErrorCode::kMalformed, "too short");
  expect_failure(reader().integer("n", 0, 9), ErrorCode::kMalformed, "out of range");
  expect_failure(reader().integer("n", 11, 12), ErrorCode::kMalformed, "out of range");
  expect_failure(reader().base64("b", 2), ErrorCode::kTooLarge, "too long");
  expect_failure(reader().texts("l", 1, 1), ErrorCode::kTooLarge, "too many");
  expect_failure(reader().objects("o", 1), ErrorCode::kTooLarge, "too many");
}

TEST(ObjectReader, TakesDigestsInOneSpellingOnly) {
  const std::string digest(64, 'a');
  EXPECT_TRUE(reader_of("{\"d\":\"" + digest + "\"}").digest("d"));
  for (const std::string& bad :
       {std::string(64, 'A'), std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'g')})
    EXPECT_FALSE(reader_of("{\"d\":\"" + bad + "\"}").digest("d")) << bad;
}

}  // namespace
}  // namespace countersign::documents
