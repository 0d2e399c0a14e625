// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <span>

namespace countersign::mediator {

// LockedHeap gives out memory of one region that is never swapped, left out of core files and of children,
// and wiped where it is given back. Thread-safe. The program takes all that C++ allocates from one such heap
// (apps/mediator/memory.cpp), so that no message lies anywhere else.
class LockedHeap {
 public:
  static constexpr std::size_t kSize = 4 << 20;
  static constexpr std::size_t kLargest = 1 << 20;

  LockedHeap() noexcept;
  ~LockedHeap();
  LockedHeap(const LockedHeap&) = delete;
  LockedHeap& operator=(const LockedHeap&) = delete;

  // Aligned as malloc does; null when the region is used up, or for more than kLargest bytes.
  void* allocate(std::size_t size) noexcept;
  // Null, or what allocate gave.
  void release(void* memory) noexcept;
  // Whether the system locked the region. Without it messages could be swapped to disk.
  bool is_locked() const { return is_locked_; }
  // The whole region, for tests.
  std::span<const std::byte> region() const { return {region_, size_}; }

 private:
  static constexpr std::size_t kSmallest = 32;
  static constexpr std::size_t kClasses = 16;  // blocks of 32 bytes to 1 MiB, each twice the one before
  // Stands before each block that is given out; keeps the alignment.
  struct alignas(16) Header {
    std::size_t size_class;
  };
  struct FreeBlock {
    FreeBlock* next;
  };

  std::byte* region_ = nullptr;
  std::size_t size_ = 0;
  bool is_locked_ = false;
  std::mutex mutex_;  // guards what follows
  std::size_t used_ = 0;
  std::array<FreeBlock*, kClasses> free_{};
};

}  // namespace countersign::mediator
