;; The inner loops of the resampler. Compiled into polyphase-wasm.ts by "node scripts/build-kernel.mjs".
;;
;; Every output is summed in one and the same order, whichever loop makes it: two running sums of four lanes each, added,
;; then lanes (0+2)+(1+3); in double precision two of two lanes each, their lanes added, then the two. So the samples do
;; not depend on how a stream was cut.
(import "env" "memory" (memory 1))

;; Filters $count outputs into $out. $in: where the window of the first one begins; $fraction: its phase.
;; $bank holds $up rows of $row_bytes (a multiple of 32). The row of phase $identity only passes on its middle tap.
(func (export "filter")
  (param $in i32) (param $out i32) (param $bank i32) (param $row_bytes i32)
  (param $up i32) (param $down i32) (param $fraction i32) (param $count i32) (param $identity i32)
  (local $step_bytes i32) (local $step_fraction i32) (local $middle i32) (local $rows_end i32)
  (local $quads i32) (local $residue i32) (local $left i32)
  (local $down_bytes i32) (local $up_bytes i32)
  (local $x i32) (local $o i32) (local $phase i32)
  (local $x0 i32) (local $x1 i32) (local $x2 i32) (local $x3 i32)
  (local $c0 i32) (local $c1 i32) (local $end i32) (local $phase1 i32) (local $o1 i32)
  (local $a0 v128) (local $a1 v128) (local $b0 v128) (local $b1 v128)
  (local $d0 v128) (local $d1 v128) (local $e0 v128) (local $e1 v128)
  (local $k v128)
  (local.set $step_bytes (i32.shl (i32.div_u (local.get $down) (local.get $up)) (i32.const 2)))
  (local.set $step_fraction (i32.rem_u (local.get $down) (local.get $up)))
  (local.set $middle (i32.sub (i32.shr_u (local.get $row_bytes) (i32.const 1)) (i32.const 4)))
  (local.set $down_bytes (i32.shl (local.get $down) (i32.const 2)))
  (local.set $up_bytes (i32.shl (local.get $up) (i32.const 2)))
  (local.set $quads (i32.div_u (local.get $count) (local.get $up_bytes)))

  ;; Four outputs of one phase at a time: they share the coefficients. Such outputs lie $up apart.
  (if (local.get $quads)
    (then
      (local.set $residue (local.get $up))
      (loop $residues
        (local.set $x (local.get $in))
        (local.set $o (local.get $out))
        (local.set $left (local.get $quads))
        (loop $quad
          (local.set $x0 (local.get $x))
          (local.set $x1 (i32.add (local.get $x0) (local.get $down_bytes)))
          (local.set $x2 (i32.add (local.get $x1) (local.get $down_bytes)))
          (local.set $x3 (i32.add (local.get $x2) (local.get $down_bytes)))
          (if (i32.eq (local.get $fraction) (local.get $identity))
            (then
              (local.set $k (v128.load32_zero (i32.add (local.get $x0) (local.get $middle))))
              (local.set $k (v128.load32_lane 1 (i32.add (local.get $x1) (local.get $middle)) (local.get $k)))
              (local.set $k (v128.load32_lane 2 (i32.add (local.get $x2) (local.get $middle)) (local.get $k)))
              (local.set $k (v128.load32_lane 3 (i32.add (local.get $x3) (local.get $middle)) (local.get $k))))
            (else
              (local.set $c0 (i32.add (local.get $bank) (i32.mul (local.get $fraction) (local.get $row_bytes))))
              (local.set $end (i32.add (local.get $c0) (local.get $row_bytes)))
              (local.set $a0 (v128.const i32x4 0 0 0 0))
              (local.set $a1 (v128.const i32x4 0 0 0 0))
              (local.set $b0 (v128.const i32x4 0 0 0 0))
              (local.set $b1 (v128.const i32x4 0 0 0 0))
              (local.set $d0 (v128.const i32x4 0 0 0 0))
              (local.set $d1 (v128.const i32x4 0 0 0 0))
              (local.set $e0 (v128.const i32x4 0 0 0 0))
              (local.set $e1 (v128.const i32x4 0 0 0 0))
              (loop $taps
                (local.set $k (v128.load (local.get $c0)))
                (local.set $a0 (f32x4.add (local.get $a0) (f32x4.mul (v128.load (local.get $x0)) (local.get $k))))
                (local.set $b0 (f32x4.add (local.get $b0) (f32x4.mul (v128.load (local.get $x1)) (local.get $k))))
                (local.set $d0 (f32x4.add (local.get $d0) (f32x4.mul (v128.load (local.get $x2)) (local.get $k))))
                (local.set $e0 (f32x4.add (local.get $e0) (f32x4.mul (v128.load (local.get $x3)) (local.get $k))))
                (local.set $k (v128.load offset=16 (local.get $c0)))
                (local.set $a1 (f32x4.add (local.get $a1) (f32x4.mul (v128.load offset=16 (local.get $x0)) (local.get $k))))
                (local.set $b1 (f32x4.add (local.get $b1) (f32x4.mul (v128.load offset=16 (local.get $x1)) (local.get $k))))
                (local.set $d1 (f32x4.add (local.get $d1) (f32x4.mul (v128.load offset=16 (local.get $x2)) (local.get $k))))
                (local.set $e1 (f32x4.add (local.get $e1) (f32x4.mul (v128.load offset=16 (local.get $x3)) (local.get $k))))
                (local.set $x0 (i32.add (local.get $x0) (i32.const 32)))
                (local.set $x1 (i32.add (local.get $x1) (i32.const 32)))
                (local.set $x2 (i32.add (local.get $x2) (i32.const 32)))
                (local.set $x3 (i32.add (local.get $x3) (i32.const 32)))
                (local.set $c0 (i32.add (local.get $c0) (i32.const 32)))
                (br_if $taps (i32.lt_u (local.get $c0) (local.get $end))))
              (local.set $a0 (f32x4.add (local.get $a0) (local.get $a1)))
              (local.set $b0 (f32x4.add (local.get $b0) (local.get $b1)))
              (local.set $d0 (f32x4.add (local.get $d0) (local.get $d1)))
              (local.set $e0 (f32x4.add (local.get $e0) (local.get $e1)))
              (local.set $a1 (f32x4.add
                (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a0) (local.get $b0))
                (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a0) (local.get $b0))))
              (local.set $d1 (f32x4.add
                (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $d0) (local.get $e0))
                (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $d0) (local.get $e0))))
              (local.set $k (f32x4.add
                (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $a1) (local.get $d1))
                (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $a1) (local.get $d1))))))
          (v128.store32_lane 0 (local.get $o) (local.get $k))
          (local.set $o (i32.add (local.get $o) (local.get $up_bytes)))
          (v128.store32_lane 1 (local.get $o) (local.get $k))
          (local.set $o (i32.add (local.get $o) (local.get $up_bytes)))
          (v128.store32_lane 2 (local.get $o) (local.get $k))
          (local.set $o (i32.add (local.get $o) (local.get $up_bytes)))
          (v128.store32_lane 3 (local.get $o) (local.get $k))
          (local.set $o (i32.add (local.get $o) (local.get $up_bytes)))
          (local.set $x (i32.add (local.get $x) (i32.shl (local.get $down_bytes) (i32.const 2))))
          (br_if $quad (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $in (i32.add (local.get $in) (local.get $step_bytes)))
        (local.set $fraction (i32.add (local.get $fraction) (local.get $step_fraction)))
        (if (i32.ge_u (local.get $fraction) (local.get $up))
          (then
            (local.set $fraction (i32.sub (local.get $fraction) (local.get $up)))
            (local.set $in (i32.add (local.get $in) (i32.const 4)))))
        (br_if $residues (local.tee $residue (i32.sub (local.get $residue) (i32.const 1)))))
      ;; One round of phases has gone by; the quads made 4 · $quads rounds.
      (local.set $in (i32.add (local.get $in)
        (i32.mul (local.get $down_bytes) (i32.sub (i32.shl (local.get $quads) (i32.const 2)) (i32.const 1)))))
      (local.set $out (i32.add (local.get $out)
        (i32.mul (local.get $up_bytes) (i32.sub (i32.shl (local.get $quads) (i32.const 2)) (i32.const 1)))))
      (local.set $count (i32.rem_u (local.get $count) (local.get $up_bytes)))))

  ;; The rest, two at a time; an odd last one is made twice.
  (block $done
    (loop $pairs
      (br_if $done (i32.le_s (local.get $count) (i32.const 0)))
      (local.set $x0 (local.get $in))
      (local.set $phase (local.get $fraction))
      (local.set $o1 (local.get $out))
      (local.set $in (i32.add (local.get $in) (local.get $step_bytes)))
      (local.set $fraction (i32.add (local.get $fraction) (local.get $step_fraction)))
      (if (i32.ge_u (local.get $fraction) (local.get $up))
        (then
          (local.set $fraction (i32.sub (local.get $fraction) (local.get $up)))
          (local.set $in (i32.add (local.get $in) (i32.const 4)))))
      (local.set $x1 (local.get $x0))
      (local.set $phase1 (local.get $phase))
      (if (i32.gt_s (local.get $count) (i32.const 1))
        (then
          (local.set $x1 (local.get $in))
          (local.set $phase1 (local.get $fraction))
          (local.set $o1 (i32.add (local.get $out) (i32.const 4)))
          (local.set $in (i32.add (local.get $in) (local.get $step_bytes)))
          (local.set $fraction (i32.add (local.get $fraction) (local.get $step_fraction)))
          (if (i32.ge_u (local.get $fraction) (local.get $up))
            (then
              (local.set $fraction (i32.sub (local.get $fraction) (local.get $up)))
              (local.set $in (i32.add (local.get $in) (i32.const 4)))))))
      (local.set $x2 (i32.add (local.get $x0) (local.get $middle)))
      (local.set $x3 (i32.add (local.get $x1) (local.get $middle)))
      (local.set $c0 (i32.add (local.get $bank) (i32.mul (local.get $phase) (local.get $row_bytes))))
      (local.set $c1 (i32.add (local.get $bank) (i32.mul (local.get $phase1) (local.get $row_bytes))))
      (local.set $end (i32.add (local.get $c0) (local.get $row_bytes)))
      (local.set $a0 (v128.const i32x4 0 0 0 0))
      (local.set $a1 (v128.const i32x4 0 0 0 0))
      (local.set $b0 (v128.const i32x4 0 0 0 0))
      (local.set $b1 (v128.const i32x4 0 0 0 0))
      (loop $taps
        (local.set $a0 (f32x4.add (local.get $a0) (f32x4.mul (v128.load (local.get $x0)) (v128.load (local.get $c0)))))
        (local.set $b0 (f32x4.add (local.get $b0) (f32x4.mul (v128.load (local.get $x1)) (v128.load (local.get $c1)))))
        (local.set $a1 (f32x4.add (local.get $a1)
          (f32x4.mul (v128.load offset=16 (local.get $x0)) (v128.load offset=16 (local.get $c0)))))
        (local.set $b1 (f32x4.add (local.get $b1)
          (f32x4.mul (v128.load offset=16 (local.get $x1)) (v128.load offset=16 (local.get $c1)))))
        (local.set $x0 (i32.add (local.get $x0) (i32.const 32)))
        (local.set $x1 (i32.add (local.get $x1) (i32.const 32)))
        (local.set $c1 (i32.add (local.get $c1) (i32.const 32)))
        (local.set $c0 (i32.add (local.get $c0) (i32.const 32)))
        (br_if $taps (i32.lt_u (local.get $c0) (local.get $end))))
      (local.set $a0 (f32x4.add (local.get $a0) (local.get $a1)))
      (local.set $b0 (f32x4.add (local.get $b0) (local.get $b1)))
      (local.set $k (f32x4.add
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a0) (local.get $b0))
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a0) (local.get $b0))))
      (local.set $k (f32x4.add
        (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $k) (local.get $k))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $k) (local.get $k))))
      (if (i32.eq (local.get $phase) (local.get $identity))
        (then (local.set $k (v128.load32_lane 0 (local.get $x2) (local.get $k)))))
      (if (i32.eq (local.get $phase1) (local.get $identity))
        (then (local.set $k (v128.load32_lane 1 (local.get $x3) (local.get $k)))))
      (v128.store32_lane 0 (local.get $out) (local.get $k))
      (v128.store32_lane 1 (local.get $o1) (local.get $k))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (local.set $count (i32.sub (local.get $count) (i32.const 2)))
      (br $pairs))))

;; 16-bit integers to floats in [-1, 1). Works in steps of eight: up to seven values beyond the end are touched.
(func (export "to_float") (param $from i32) (param $to i32) (param $count i32)
  (local $x v128)
  (block $done
    (loop $next
      (br_if $done (i32.le_s (local.get $count) (i32.const 0)))
      (local.set $x (v128.load (local.get $from)))
      (v128.store (local.get $to) (f32x4.mul
        (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_s (local.get $x)))
        (v128.const f32x4 0x1p-15 0x1p-15 0x1p-15 0x1p-15)))
      (v128.store offset=16 (local.get $to) (f32x4.mul
        (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_s (local.get $x)))
        (v128.const f32x4 0x1p-15 0x1p-15 0x1p-15 0x1p-15)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (local.set $count (i32.sub (local.get $count) (i32.const 8)))
      (br $next))))

;; A quarter of what to_int16 stores: · 32768, rounded half away from zero, saturated, NaN as 0.
(func $rounded (param $x v128) (result v128)
  (local.set $x (f32x4.mul (local.get $x) (v128.const f32x4 32768 32768 32768 32768)))
  (i32x4.trunc_sat_f32x4_s (f32x4.add (local.get $x)
    (v128.or
      (v128.and (local.get $x) (v128.const i32x4 0x80000000 0x80000000 0x80000000 0x80000000))
      (v128.const f32x4 0.5 0.5 0.5 0.5)))))

;; Floats to 16-bit integers, in steps of eight as above.
(func (export "to_int16") (param $from i32) (param $to i32) (param $count i32)
  (block $done
    (loop $next
      (br_if $done (i32.le_s (local.get $count) (i32.const 0)))
      (v128.store (local.get $to) (i16x8.narrow_i32x4_s
        (call $rounded (v128.load (local.get $from)))
        (call $rounded (v128.load offset=16 (local.get $from)))))
      (local.set $from (i32.add (local.get $from) (i32.const 32)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $count (i32.sub (local.get $count) (i32.const 8)))
      (br $next))))
