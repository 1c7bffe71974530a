import Foundation

/// Files written by other programs (Pillow 12, NumPy 2.4), in base 64.
enum Foreign {
    /// 7x5 grey, written by Pillow (libpng rules).
    static let gray = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAAK0lEQVR42gXBBwEAIAwDMCoBEX2asIC+6VuCQ5IkniRJGNu2cZMk
        wW/bdgF3MQYmDBLqaQAAAABJRU5ErkJggg==
        """)

    /// 5x6 RGB, written by Pillow, with the row filters 1 4 2 0 1 1.
    static let rgb = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAGCAIAAACEmcMcAAAAa0lEQVR4nAFgAJ//AQkNDhULDhIWDgUBDxgRAQQBB0LxBgUQLh8L
        JBLRvN4CS13pYQFMxgX/bG6uCR6RAIs79w2wiNXqW0zxms8H+gETDhYLCBIbBxMDBA4BExEBS5aRBQoFHz4fEiQS3rzeYqgZua7B
        KKEAAAAASUVORK5CYII=
        """)

    /// The same pixels with an alpha of 9.
    static let rgba = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAGCAYAAAAL+1RLAAAAiUlEQVR4nAF+AIH/AQkNDgkVCw4AEhYOAAUBDwAYEQEABAEHQgDx
        BgUAEC4fAAskEgDRvN4AAktd6QBhAUwAxgX/AGxurgAJHpEAAIs79wkNsIgJ1epbCUzxmgnPB/oJARMOFgkLCBIAGwcTAAMEDgAB
        ExEAAUuWkQkFCgUAHz4fABIkEgDevN4A3dwaAbwCjxAAAAAASUVORK5CYII=
        """)

    /// np.savez(images=u1[2, 3, 3], labels=i8[2]): steps of 14, and [1, 0].
    static let npzStored = bytes(
        """
        UEsDBC0AAAAAAAAAIQCDm2Ie//////////8KABQAaW1hZ2VzLm5weQEAEACSAAAAAAAAAJIAAAAAAAAAk05VTVBZAQB2AHsnZGVz
        Y3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDMpLCB9ICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoADhwqOEZUYnB+jJqotsTS4O5QSwMELQAAAAAAAAAhAHH7Oav/
        /////////woAFABsYWJlbHMubnB5AQAQAJAAAAAAAAAAkAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJh
        bl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
        ICAgICAgICAgICAgICAgICAgCgEAAAAAAAAAAAAAAAAAAABQSwECLQMtAAAAAAAAACEAg5tiHpIAAACSAAAACgAAAAAAAAAAAAAA
        gAEAAAAAaW1hZ2VzLm5weVBLAQItAy0AAAAAAAAAIQBx+zmrkAAAAJAAAAAKAAAAAAAAAAAAAACAAc4AAABsYWJlbHMubnB5UEsF
        BgAAAAACAAIAcAAAAJoBAAAAAA==
        """)

    /// np.savez_compressed(x=f4[2, 4], y=i4[2], d=f8[]): linspace(0, 1, 8), [3, -4], 2.5.
    static let npzDeflated = bytes(
        """
        UEsDBC0AAAAIAAAAIQDQ3ZH4//////////8FABQAeC5ucHkBABAAoAAAAAAAAABkAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l
        oG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CiaaOgq1CmQDLgYgUPUUslP1nGS3Pfc2kBayz7ttZr89N9qe
        gaHBHgBQSwMELQAAAAgAAAAhAPC5iAn//////////wUAFAB5Lm5weQEAEACIAAAAAAAAAE0AAAAAAAAAm+wX6hsQychQxlCtnpJa
        nFykbqWgbpNpoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjqaOgq1ChQALmYGBoY/////BwBQSwMELQAAAAgAAAAh
        ADW0OpP//////////wUAFABkLm5weQEAEACIAAAAAAAAAEcAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RS
        lJgXn1+UkgoSd0vMKU4FihdnJBakAvkamjoKtQoUAS4GMGBxAABQSwECLQMtAAAACAAAACEA0N2R+GQAAACgAAAABQAAAAAAAAAA
        AAAAgAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEA8LmICU0AAACIAAAABQAAAAAAAAAAAAAAgAGbAAAAeS5ucHlQSwECLQMtAAAA
        CAAAACEANbQ6k0cAAACIAAAABQAAAAAAAAAAAAAAgAEfAQAAZC5ucHlQSwUGAAAAAAMAAwCZAAAAnQEAAAAA
        """)

    /// np.save of f8[2, 3] in Fortran order.
    static let npyFortran = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAhAAAAAAAAA
        8D8AAAAAAAAQQAAAAAAAAABAAAAAAAAAFEA=
        """)

    /// np.save of >f8[3].
    static let npyBigEndian = bytes(
        """
        k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAg
        ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAD/wAAAAAAAAQAAAAAAA
        AAA=
        """)

    private static func bytes(_ text: String) -> [UInt8] {
        [UInt8](Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data())
    }
}
