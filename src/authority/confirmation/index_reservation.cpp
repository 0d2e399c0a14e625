// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/index_reservation.h"

#include <charconv>

#include "base/amount.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

Result<std::optional<std::int64_t>> IndexReservation::read(const std::filesystem::path& file) {
  const Result<Bytes> content = storage::read_file(file, 64);
  if (!content) {
    if (content.error().code == ErrorCode::kNotFound) return std::nullopt;
    return fail(content.error(), "index reservation");
  }
  const std::string_view text = as_text(content.value());
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != "\n" || value < 0 ||
      value > kLargestInteger) {
    return fail(ErrorCode::kMalformed,
                "index reservation: " + file.string() + " does not hold one number and a line end");
  }
  return value;
}

Result<void> IndexReservation::write(const std::filesystem::path& file, std::int64_t first_free) {
  return storage::write_file(file, as_bytes(std::to_string(first_free) + "\n"), storage::FileMode::kPrivate);
}

Result<IndexReservation> IndexReservation::open(std::filesystem::path file, std::int64_t next_index) {
  TRY(const std::optional<std::int64_t> first_free, read(file));
  if (!first_free) {
    if (next_index != 0) {
      return fail(ErrorCode::kConflict, "index reservation: " + file.string() +
                                            " is missing although the store holds " +
                                            "confirmations; take the store into use with restore");
    }
    TRY(write(file, 0));
    return IndexReservation(std::move(file), 0);
  }
  if (*first_free - next_index > 2 * kBlock) {
    return fail(ErrorCode::kConflict, "index reservation: the store is older than " + file.string() +
                                          " says; take the store into use with restore");
  }
  return IndexReservation(std::move(file), *first_free);
}

Result<void> IndexReservation::cover(std::int64_t next_index) {
  if (next_index <= first_free_) return ok();
  const std::int64_t first_free = next_index + kBlock - 1;
  TRY(write(file_, first_free));
  first_free_ = first_free;
  return ok();
}

}  // namespace countersign::authority
