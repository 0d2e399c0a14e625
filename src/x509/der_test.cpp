// SPDX-License-Identifier: Apache-2.0
#include "x509/der.h"

#include <gtest/gtest.h>

namespace countersign::x509::der {
namespace {

Bytes hex(std::string_view text) {
  return hex_decode(text).value();
}

TEST(DerReader, RefusesSecondEncodingsAndCutInput) {
  struct Row {
    const char* name;
    const char* hex;
  };
  const Row rows[] = {{"nothing", ""},
                      {"tag alone", "30"},
                      {"contents cut", "300201"},
                      {"indefinite length", "30800000"},
                      {"long form of a short length", "30810100"},
                      {"leading zero in the length", "3082000100"},
                      {"length of five octets", "30850000000001ff"},
                      {"length beyond the input", "3084ffffffff"},
                      {"high tag number", "1f810100"}};
  for (const Row& row : rows) {
    const Bytes bytes = hex(row.hex);
    EXPECT_FALSE(Reader(bytes).any()) << row.name;
  }
}

TEST(DerReader, TakesIntegersInTheirShortestFormOnly) {
  const auto read = [](std::string_view text) {
    const Bytes bytes = hex(text);
    return Reader(bytes).small_integer();
  };
  EXPECT_EQ(read("020100").value(), 0);
  EXPECT_EQ(read("02020080").value(), 128);
  EXPECT_EQ(read("02071fffffffffffff").value(), (std::int64_t{1} << 53) - 1);
  for (const char* text :
       {"0200", "0201ff", "0202007f", "0203000080", "020720000000000000", "02080fffffffffffffff"})
    EXPECT_FALSE(read(text)) << text;
}

TEST(DerReader, TakesOneFormOfBooleansAndBitStrings) {
  EXPECT_TRUE(Reader(hex("0101ff")).boolean().value());
  for (const char* text : {"010101", "0100", "01020000"}) {
    const Bytes bytes = hex(text);
    EXPECT_FALSE(Reader(bytes).boolean()) << text;
  }
  const Bytes odd = hex("030201fe");
  EXPECT_FALSE(Reader(odd).bit_string());
}

TEST(DerReader, TakesTimesAsRfc5280WritesThem) {
  const auto read = [](Tag tag, std::string_view value) {
    const Bytes bytes = text(tag, value);
    return Reader(bytes).time();
  };
  EXPECT_EQ(read(Tag::kUtcTime, "261122083000Z").value(), parse_time("2026-11-22T08:30:00Z").value());
  EXPECT_EQ(read(Tag::kUtcTime, "500101000000Z").value(), parse_time("1950-01-01T00:00:00Z").value());
  EXPECT_EQ(read(Tag::kGeneralizedTime, "20500101000000Z").value(),
            parse_time("2050-01-01T00:00:00Z").value());
  for (const char* value : {"2611220830Z", "261122083000+0900", "261322083000Z", "260230083000Z",
                            "261122246000Z", "261122083060Z", "26112208300 Z", ""})
    EXPECT_FALSE(read(Tag::kUtcTime, value)) << value;
  for (const char* value : {"20261122083000Z", "20500101000000.5Z", "20500101000000"})
    EXPECT_FALSE(read(Tag::kGeneralizedTime, value)) << value;
}

TEST(Der, ReadsWhatItWrites) {
  const Bytes big = hex("ffeeddccbbaa99887766554433221100");
  for (const char* time_text : {"2026-11-22T08:30:00Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z"}) {
    const TimePoint at = parse_time(time_text).value();
    const Bytes bytes = sequence({integer(65537), unsigned_integer(big),
                                  oid("2.25.5029185730381929265412404197190874440.1.4"), boolean(true),
                                  time(at), generalized_time(at), bit_string(big)});
    Reader reader = read_only(bytes, Tag::kSequence).value();
    EXPECT_EQ(reader.small_integer().value(), 65537);
    EXPECT_TRUE(equal(reader.unsigned_integer().value(), big));
    EXPECT_EQ(reader.oid().value(), "2.25.5029185730381929265412404197190874440.1.4");
    EXPECT_TRUE(reader.boolean().value());
    EXPECT_EQ(reader.time().value(), at) << time_text;
    EXPECT_EQ(reader.generalized_time().value(), at);
    EXPECT_TRUE(equal(reader.bit_string().value(), big));
    EXPECT_TRUE(reader.finish());
  }
}

TEST(Der, WritesLengthsOfEverySize) {
  for (const std::size_t size : {0U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    const Bytes bytes = wrap(Tag::kOctetString, Bytes(size, 7));
    const Result<Element> element = Reader(bytes).any();
    ASSERT_TRUE(element) << size;
    EXPECT_EQ(element.value().contents.size(), size);
  }
}

TEST(ReadOnly, RefusesWhatFollows) {
  const Bytes bytes = hex("300000");
  EXPECT_FALSE(read_only(bytes, Tag::kSequence));
}

}  // namespace
}  // namespace countersign::x509::der
