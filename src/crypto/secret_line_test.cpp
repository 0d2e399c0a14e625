// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace countersign::crypto {
namespace {

// What was written, to be read.
struct Pipe {
  explicit Pipe(std::string_view text) {
    EXPECT_EQ(::pipe(ends.data()), 0);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
  }
  ~Pipe() { ::close(ends[0]); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  std::string rest() const {
    std::array<char, 64> bytes{};
    const ssize_t size = ::read(ends[0], bytes.data(), bytes.size());
    return {bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  std::array<int, 2> ends{};
};

std::string text_of(const SecretBytes& secret) {
  return to_text(secret.reveal(SecretAccess()));
}

TEST(ReadSecretLine, TakesOneLineAndKeepsNothingOfTheNext) {
  const Pipe pipe("4000002760003184\nnext");
  EXPECT_EQ(text_of(read_secret_line(pipe.ends[0], 40).value()), "4000002760003184");
  EXPECT_EQ(pipe.rest(), "next");
}

TEST(ReadSecretLine, TakesALastLineWithoutItsEnd) {
  EXPECT_EQ(text_of(read_secret_line(Pipe("1234").ends[0], 4).value()), "1234");
}

TEST(ReadSecretLine, RefusesNothing) {
  EXPECT_EQ(read_secret_line(Pipe("").ends[0], 4).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(read_secret_line(Pipe("\n1234\n").ends[0], 4).error().code, ErrorCode::kMalformed);
}

TEST(ReadSecretLine, RefusesALineThatIsTooLong) {
  EXPECT_EQ(read_secret_line(Pipe("12345\n").ends[0], 4).error().code, ErrorCode::kTooLarge);
}

TEST(ReadSecretLine, TakesNoPartOfALineWhoseRestCannotBeRead) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  ASSERT_EQ(::write(ends[1], "12", 2), 2);
  EXPECT_EQ(read_secret_line(ends[0], 4).error().code, ErrorCode::kUnavailable);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace countersign::crypto
