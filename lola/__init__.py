"""lola"""
